// Says each kind of trouble once, with a count, however often it happens.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "posix/poll.hpp"
#include "protocol/event.hpp"

namespace yodel::acceptor {

// The first time is said at once; what follows is counted and said when `interval` has passed.
class RateLimitedLog {
 public:
  static constexpr auto interval = std::chrono::seconds(10);

  void note(protocol::AcceptError kind, int error, const protocol::Peer& peer = {}) noexcept;

  // What there is to say at `now`, one kind at a call; nullopt: nothing more.
  [[nodiscard]] std::optional<protocol::AcceptErrors> due(posix::Clock::time_point now) noexcept;
  // When due() will next have something to say; nullopt: nothing is waiting.
  [[nodiscard]] posix::Deadline next_due() const noexcept;

 private:
  struct Pending {
    std::uint64_t count = 0;  // not yet said
    int error = 0;            // of the last time
    protocol::Peer peer;      // of the last time
    posix::Clock::time_point may_say{};
  };
  std::array<Pending, protocol::accept_error_count> pending_{};
};

}  // namespace yodel::acceptor
