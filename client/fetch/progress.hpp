// How far a download is, for a person at a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "posix/poll.hpp"

namespace yodel::client {

// One line on standard error that is written over and over.
class Progress {
 public:
  // How often the line changes at the most.
  static constexpr std::chrono::milliseconds interval{100};

  // Counts the time from now on. Not `shown`: nothing is ever written.
  explicit Progress(bool shown) : shown_(shown), start_(posix::Clock::now()) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;
  // Ends the line, so that what comes next has one of its own.
  ~Progress() { end_line(); }

  [[nodiscard]] bool shown() const noexcept { return shown_; }
  // So many bytes have come, of `total` where that is known. The line changes if it is due.
  void update(std::uint64_t bytes, std::optional<std::uint64_t> total);
  // The line changes for the last time, to what the last update() has said.
  void finish();

 private:
  void draw();
  void end_line();

  bool shown_;
  bool line_stands_ = false;
  posix::Clock::time_point start_;
  posix::Clock::time_point drawn_{};
  std::uint64_t bytes_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace yodel::client
