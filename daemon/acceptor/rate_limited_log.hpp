// Limits how often each kind of error is reported.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "posix/poll.hpp"
#include "protocol/event.hpp"

namespace yodel::acceptor {

// Decides when each kind of error is reported: the first at once, and further ones together, as a
// count, when `interval` has passed since the last report.
class RateLimitedLog {
 public:
  static constexpr auto interval = std::chrono::seconds(10);

  // Counts one error. `error` is its errno, or 0.
  void note(protocol::AcceptError kind, int error, const protocol::Peer& peer = {}) noexcept;

  // Returns an event that is due at `now`, or std::nullopt if there is none. There may be one for
  // each kind, so call it until it returns std::nullopt.
  [[nodiscard]] std::optional<protocol::AcceptErrors> due(posix::Clock::time_point now) noexcept;
  // Returns when due() will next return an event, or std::nullopt if nothing is pending.
  [[nodiscard]] posix::Deadline next_due() const noexcept;

 private:
  struct Pending {
    std::uint64_t count = 0;  // not yet reported
    int error = 0;            // of the latest
    protocol::Peer peer;      // of the latest
    posix::Clock::time_point not_before{};
  };
  std::array<Pending, protocol::accept_error_count> pending_{};
};

}  // namespace yodel::acceptor
