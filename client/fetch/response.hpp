// A response while it comes in: its header is shown, its body is decoded and goes to its target.
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

// Where the header is written to.
enum class HeaderPlace : std::uint8_t { standard_error, standard_output };

struct ResponseRules {
  HeaderPlace header = HeaderPlace::standard_error;
  RedirectRules redirects;
  std::uint64_t max_size = std::uint64_t{1} << 30U;          // of the page as it is saved, in bytes
  std::chrono::nanoseconds max_time{std::chrono::hours(1)};  // for the whole transfer
};

// Refers to `target` and `progress`, which must outlive it. The time of the transfer counts from
// its construction. All failures but those of `target` name the URL.
class Response {
 public:
  Response(TargetFile& target, DownloadProgress& progress, const ResponseRules& rules)
      : target_(target),
        progress_(progress),
        rules_(rules),
        deadline_(posix::Clock::now() + rules.max_time) {}

  // Takes a whole header, with the empty line that ends it, and writes it byte for byte; on a
  // terminal what could be taken for a control sequence is escaped. `url` is where it came from,
  // behind `followed` redirects. Fails with
  //   http_error    at a status of 400 and above,
  //   redirected    at a redirect that is not to be followed,
  //   wrong_answer  if it is no header of HTTP, if the body is too large, and if it is sent in a
  //                 way that leaves it unknown or not whole, RFC 9112, 6, and RFC 9110, 8.4.
  [[nodiscard]] Result<void> header(std::string_view text, const std::string& url,
                                    int followed = 0);
  // The status of the last header; 0: none has come. 1xx: another header follows, RFC 9110, 15.2.
  [[nodiscard]] int status() const noexcept { return status_; }
  // The length of the body as it is sent, where the header says it.
  [[nodiscard]] std::optional<std::uint64_t> length() const noexcept { return length_; }

  // Takes the next part of the body: by raw_fetch() exactly as it came, and otherwise without its
  // chunks. Fails if the page becomes too large or takes too long, or cannot be decoded or written.
  [[nodiscard]] Result<void> body(std::string_view bytes);
  // The body has ended. Fails if it is not whole, or there is none because a redirect was not
  // followed.
  [[nodiscard]] Result<void> finish() const;
  // How many bytes of the body were taken, before they were decoded.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

  [[nodiscard]] const ResponseRules& rules() const noexcept { return rules_; }
  // When the transfer must be done, and the failure where it is not.
  [[nodiscard]] posix::Clock::time_point deadline() const noexcept { return deadline_; }
  [[nodiscard]] Failure too_late(const std::string& url) const;

  [[nodiscard]] DownloadProgress& progress() noexcept { return progress_; }

 private:
  [[nodiscard]] tl::unexpected<Failure> wrong(const std::string& what) const;
  [[nodiscard]] Result<void> begin_body(const Header& header);
  // Finds out what ends the body and adds the transfer codings to `codings`, in the order in which
  // they were applied.
  [[nodiscard]] Result<void> read_framing(const Header& header, std::vector<std::string>& codings);
  [[nodiscard]] Result<void> make_decoders(std::vector<std::string> codings);
  // Hands `bytes` to the decoder number `stage`, and what comes of them to the next one; behind the
  // last they are saved.
  [[nodiscard]] Result<void> pass(std::size_t stage, std::string_view bytes);
  // Decodes the next part of a body that is saved as it comes, to see where it ends.
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
  bool end_is_known_ = false;           // an end of the connection is not what ends the body
  std::optional<ChunkScanner> chunks_;  // those of a body that is saved with them
  std::uint64_t received_ = 0;
  std::vector<ContentDecoder> decoders_;  // in the order in which they decode
};

}  // namespace yodel::client::fetch
