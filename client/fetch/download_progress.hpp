// The progress of a download, for a user at a terminal.
#pragma once

#include <cstdint>
#include <optional>

#include "client/terminal/progress_line.hpp"
#include "posix/poll.hpp"

namespace yodel::client::fetch {

class DownloadProgress {
 public:
  // Counts the time from now on. Never writes anything unless `shown`.
  explicit DownloadProgress(bool shown) : line_(shown), start_(posix::Clock::now()) {}

  [[nodiscard]] bool shown() const noexcept { return line_.wanted(); }
  // Notes that `bytes` have come, of `total` if that is known. Redraws the line if that is due.
  void update(std::uint64_t bytes, std::optional<std::uint64_t> total);
  // Redraws the line for the last time, with what the last update() noted, and leaves it there.
  void finish();

 private:
  void draw();

  ProgressLine line_;
  posix::Clock::time_point start_;
  std::uint64_t bytes_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace yodel::client::fetch
