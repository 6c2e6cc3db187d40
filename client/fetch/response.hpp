// A response as it comes in: its header is printed, and its body is decoded and saved.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.hpp"
#include "client/fetch/chunk_scanner.hpp"
#include "client/fetch/content_decoder.hpp"
#include "client/fetch/download_progress.hpp"
#include "client/fetch/header.hpp"
#include "client/fetch/redirect.hpp"
#include "client/file/target_file.hpp"
#include "posix/poll.hpp"

namespace yodel::client::fetch {

// Where to print the header.
enum class HeaderPlace : std::uint8_t { standard_error, standard_output };

struct ResponseRules {
  HeaderPlace header = HeaderPlace::standard_error;
  RedirectRules redirects;
  std::uint64_t max_size = std::uint64_t{1} << 30U;          // of the page as it is saved, in bytes
  std::chrono::nanoseconds max_time{std::chrono::hours(1)};  // for the whole transfer
};

// Borrows `target` and `progress`, which must outlive it. The time of the transfer counts from its
// construction. All failures but those of `target` name the URL.
class Response {
 public:
  Response(TargetFile& target, DownloadProgress& progress, const ResponseRules& rules)
      : target_(target),
        progress_(progress),
        rules_(rules),
        deadline_(posix::Clock::now() + rules.max_time) {}

  // Takes a whole header, with the empty line that ends it, and prints it byte for byte; on a
  // terminal, control sequences are escaped. `url` is where it came from, after `followed`
  // redirects. Fails with
  //   http_error    for a status of 400 or above,
  //   redirected    for a redirect that is not to be followed,
  //   wrong_answer  if it is not an HTTP header, if the body is too large, or if the header leaves
  //                 open how to decode the body or where it ends, RFC 9112, 6, and RFC 9110, 8.4.
  [[nodiscard]] Result<void> header(std::string_view text, const std::string& url,
                                    int followed = 0);
  // Returns the status of the last header, or 0 if none has come. After 1xx another header follows,
  // RFC 9110, 15.2.
  [[nodiscard]] int status() const noexcept { return status_; }
  // Returns the length of the body as it is sent, if the header says it.
  [[nodiscard]] std::optional<std::uint64_t> length() const noexcept { return length_; }

  // Takes the next part of the body: from raw_fetch() exactly as it came, and otherwise without its
  // chunks. Fails if the page is too large or takes too long, or cannot be decoded or written.
  [[nodiscard]] Result<void> body(std::string_view bytes);
  // To be called when the body has ended. Fails if it is incomplete, or if it is that of a redirect
  // that was not followed.
  [[nodiscard]] Result<void> finish() const;
  // Returns how many bytes of the body were taken, before decoding.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

  [[nodiscard]] const ResponseRules& rules() const noexcept { return rules_; }
  // Return when the transfer must be done, and the failure if it is not.
  [[nodiscard]] posix::Clock::time_point deadline() const noexcept { return deadline_; }
  [[nodiscard]] Failure too_late(const std::string& url) const;

  [[nodiscard]] DownloadProgress& progress() noexcept { return progress_; }

 private:
  [[nodiscard]] tl::unexpected<Failure> wrong(const std::string& what) const;
  [[nodiscard]] Result<void> begin_body(const Header& header);
  // Finds out what ends the body, and adds the transfer codings to `codings` in the order in which
  // they were applied.
  [[nodiscard]] Result<void> read_framing(const Header& header, std::vector<std::string>& codings);
  [[nodiscard]] Result<void> make_decoders(std::vector<std::string> codings);
  // Passes `bytes` to the decoder number `stage`, and the result to the next one. Saves the result
  // of the last.
  [[nodiscard]] Result<void> pass(std::size_t stage, std::string_view bytes);
  // Decodes the next part of a body that is saved as it comes, only to see where it ends.
  void look_for_end(std::string_view bytes);
  [[nodiscard]] Result<void> save(std::string_view bytes);

  TargetFile& target_;
  DownloadProgress& progress_;
  ResponseRules rules_;
  posix::Clock::time_point deadline_;
  std::string url_;  // of the last header
  int status_ = 0;
  std::optional<Failure> unfollowed_;  // what to report if this redirect is the last header
  std::optional<std::uint64_t> length_;
  bool end_is_known_ = false;  // something other than the end of the connection ends the body
  std::optional<ChunkScanner> chunks_;  // of a body that is saved with its chunks
  std::uint64_t received_ = 0;
  std::vector<ContentDecoder> decoders_;  // in the order in which they decode
};

}  // namespace yodel::client::fetch
