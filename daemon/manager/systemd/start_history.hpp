// Counts recent starts of the service across restarts, for a back-off that systemd does not have.
//
// systemd either waits the same time before each restart (RestartSec=), or gives up after a number
// of them (StartLimitBurst=), or waits longer each time until the service is stopped, even if its
// restarts are months apart (RestartSteps=, since 254). So the daemon itself waits, and keeps the
// history of its starts in a memfd in the descriptor store.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {

// The policy alone, without a descriptor.
class StartBackOff {
 public:
  // This many starts in a row are not delayed.
  static constexpr std::uint32_t free_starts = 10;
  static constexpr std::chrono::seconds first_delay{1};
  static constexpr std::chrono::seconds max_delay{30};
  // A start this long after the previous one begins a new count.
  static constexpr std::chrono::seconds forgiven_after{60};

  // Counts a start at `now` and returns how long it must wait.
  [[nodiscard]] std::chrono::seconds started(posix::Clock::time_point now) noexcept;

  // Returns the number of starts in a row, including this one.
  [[nodiscard]] std::uint32_t starts() const noexcept { return starts_; }
  // Resets the count, after a deliberate stop.
  void forget() noexcept { starts_ = 0; }

 private:
  std::uint32_t starts_ = 0;
  posix::Clock::time_point last_;  // the last start, after its delay
};

// A StartBackOff that outlives the process.
class StartHistory {
 public:
  static constexpr std::string_view store_name = "yodeld-starts";

  // `stored` is the descriptor passed under store_name. If it is empty, a new history begins.
  explicit StartHistory(posix::Descriptor stored);

  // Returns the descriptor to put into the store, or -1 if it could not be created.
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
