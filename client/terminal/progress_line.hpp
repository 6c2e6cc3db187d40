// A line on standard error, a terminal, that tells how far something is.
#pragma once

#include <chrono>
#include <string_view>

#include "posix/poll.hpp"

namespace yodel::client {

// Is written over and over in its place. It is a courtesy: that it cannot be written is no failure.
class ProgressLine {
 public:
  // How often the line changes at the most.
  static constexpr std::chrono::milliseconds interval{200};

  // Not `wanted`: nothing is ever written.
  explicit ProgressLine(bool wanted) noexcept : wanted_(wanted) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ProgressLine(ProgressLine&&) = delete;
  ProgressLine& operator=(ProgressLine&&) = delete;
  // The line goes with it, unless keep() was called.
  ~ProgressLine();

  [[nodiscard]] bool wanted() const noexcept { return wanted_; }
  // Whether it is wanted, and what it shows is so old that it may change.
  [[nodiscard]] bool is_due() const noexcept;
  // Shows `text`, which fits into a line of the terminal, in the place of what was there.
  void show(std::string_view text);
  // Leaves the line where it is, and ends it.
  void keep();

 private:
  bool wanted_;
  posix::Deadline next_;  // when the line may change; nullopt: there is none
};

}  // namespace yodel::client
