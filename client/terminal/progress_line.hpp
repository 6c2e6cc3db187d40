// A line on standard error, a terminal, that shows progress.
#pragma once

#include <chrono>
#include <string_view>

#include "posix/poll.hpp"

namespace yodel::client {

// Rewrites one line in its place. The line is a courtesy: errors in writing it are ignored.
class ProgressLine {
 public:
  // The least time between two changes of the line.
  static constexpr std::chrono::milliseconds interval{200};

  // Never writes anything unless `wanted`.
  explicit ProgressLine(bool wanted) noexcept : wanted_(wanted) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ProgressLine(ProgressLine&&) = delete;
  ProgressLine& operator=(ProgressLine&&) = delete;
  // Removes the line, unless keep() was called.
  ~ProgressLine();

  [[nodiscard]] bool wanted() const noexcept { return wanted_; }
  // Returns whether the line is wanted, and old enough to change.
  [[nodiscard]] bool is_due() const noexcept;
  // Shows `text`, which must fit into a line of the terminal, instead of what was there.
  void show(std::string_view text);
  // Ends the line, and leaves it on the terminal.
  void keep();

 private:
  bool wanted_;
  posix::Deadline next_;  // when the line may change; std::nullopt if there is no line
};

}  // namespace yodel::client
