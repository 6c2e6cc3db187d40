// A response while it comes in: its header is shown, its body goes to its target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/failure.hpp"
#include "client/fetch/download_progress.hpp"
#include "client/file/target_file.hpp"

namespace yodel::client::fetch {

// The first line of a response, RFC 9112, section 4.
struct StatusLine {
  int status = 0;
  std::string reason;  // may be empty
};
// nullopt: `line` is none. A line end does not belong to it.
[[nodiscard]] std::optional<StatusLine> parse_status_line(std::string_view line);

// Where the header is written to.
enum class HeaderPlace : std::uint8_t { standard_error, standard_output };

// Refers to `target` and `progress`, which must outlive it.
class Response {
 public:
  Response(TargetFile& target, HeaderPlace header, DownloadProgress& progress)
      : target_(target), place_(header), progress_(progress) {}

  // Takes a whole header, with the empty line that ends it, and writes it byte for byte; on a
  // terminal what could be taken for a control sequence is escaped. `url`, where it came from, is
  // for messages. A status of 400 and above is a failure, ExitStatus::http_error.
  [[nodiscard]] Result<void> header(std::string_view text, const std::string& url);
  // The status of the last header; 0: none has come.
  [[nodiscard]] int status() const noexcept { return status_; }

  // Takes the next part of the body.
  [[nodiscard]] Result<void> body(std::string_view bytes) { return target_.write(bytes); }
  // How many bytes of the body were taken.
  [[nodiscard]] std::uint64_t size() const noexcept { return target_.size(); }

  [[nodiscard]] DownloadProgress& progress() noexcept { return progress_; }

 private:
  TargetFile& target_;
  HeaderPlace place_;
  DownloadProgress& progress_;
  int status_ = 0;
};

}  // namespace yodel::client::fetch
