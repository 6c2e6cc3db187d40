// One line on a terminal that tells how far a transfer is.
#pragma once

#include "client/echo/summary.hpp"
#include "posix/poll.hpp"

namespace yodel::client {

// The line is on standard error, written anew in its place, and gone when the Progress goes.
class Progress {
 public:
  // Shows nothing unless `wanted`.
  explicit Progress(bool wanted) noexcept : wanted_(wanted) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;
  ~Progress();

  // Shows `so_far`, unless the line is so new that nobody could have read it.
  void show(const EchoSummary& so_far);

 private:
  bool wanted_;
  posix::Deadline next_;  // when the line may change; nullopt: there is none yet
};

}  // namespace yodel::client
