// How far a download is, for a person at a terminal.
#pragma once

#include <cstdint>
#include <optional>

#include "client/terminal/progress_line.hpp"
#include "posix/poll.hpp"

namespace yodel::client::fetch {

class DownloadProgress {
 public:
  // Counts the time from now on. Not `shown`: nothing is ever written.
  explicit DownloadProgress(bool shown) : line_(shown), start_(posix::Clock::now()) {}

  [[nodiscard]] bool shown() const noexcept { return line_.wanted(); }
  // So many bytes have come, of `total` where that is known. The line changes if it is due.
  void update(std::uint64_t bytes, std::optional<std::uint64_t> total);
  // The line changes for the last time, to what the last update() has said, and stays.
  void finish();

 private:
  void draw();

  ProgressLine line_;
  posix::Clock::time_point start_;
  std::uint64_t bytes_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace yodel::client::fetch
