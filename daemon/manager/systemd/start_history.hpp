// How often the service was started of late, over restarts: a back-off that systemd does not have.
//
// systemd waits the same time before each restart (RestartSec=), gives up after some
// (StartLimitBurst=), or waits longer for good after many in years (RestartSteps=, since 254,
// counts until the service is stopped). So the history of the starts is kept in the descriptor
// store, in a memfd, and the daemon itself waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {

// The policy, which knows no descriptor.
class StartBackOff {
 public:
  // So many starts in a row wait for nothing.
  static constexpr std::uint32_t free_starts = 10;
  static constexpr std::chrono::seconds first_delay{1};
  static constexpr std::chrono::seconds max_delay{30};
  // A start so long after the one before has nothing to do with it.
  static constexpr std::chrono::seconds forgiven_after{60};

  // Takes note of a start at `now`; gives how long it is to wait.
  [[nodiscard]] std::chrono::seconds started(posix::Clock::time_point now) noexcept;

  // Starts in a row, this one included.
  [[nodiscard]] std::uint32_t starts() const noexcept { return starts_; }
  // It has been told to end: the next start is somebody's wish.
  void forget() noexcept { starts_ = 0; }

 private:
  std::uint32_t starts_ = 0;
  posix::Clock::time_point last_;  // when it had waited
};

// A StartBackOff that outlives the process.
class StartHistory {
 public:
  static constexpr std::string_view store_name = "yodeld-starts";

  // `stored` is what was passed under that name; empty: there is no history, and it begins here.
  explicit StartHistory(posix::Descriptor stored);

  // To be put into the descriptor store, once; -1: the system could not make it.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

  [[nodiscard]] std::chrono::seconds started(posix::Clock::time_point now) noexcept;
  [[nodiscard]] std::uint32_t starts() const noexcept { return back_off_.starts(); }
  void forget() noexcept;

 private:
  void save() const noexcept;

  posix::Descriptor file_;
  StartBackOff back_off_;
};

}  // namespace yodel::manager
