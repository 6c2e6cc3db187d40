// Connecting to a server that has several addresses: RFC 8305, "Happy Eyeballs Version 2".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "client/connection/origin.hpp"
#include "client/connection/resolve.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client {

// Returns `addresses` with the families alternating, beginning with that of the first address, and
// the order within each family unchanged: RFC 8305, section 4, with a First Address Family Count
// of 1. A family that does not work on this network then costs one attempt before the other gets
// its turn, not one for each of its addresses.
[[nodiscard]] Addresses interleave_families(const Addresses& addresses);

// The "Connection Attempt Delay" that RFC 8305, section 8, recommends.
constexpr std::chrono::milliseconds attempt_delay{250};

// A connect(2) to an internet address that has begun.
struct ConnectAttempt {
  posix::Descriptor socket;
  int error = 0;            // an errno(3); EINPROGRESS: still connecting; 0: connected
  std::size_t address = 0;  // its index in the addresses of a race
};

// Begins to connect to an IPv4 or IPv6 address, without waiting. The socket is non-blocking, closed
// on exec and without Nagle's delay (TCP_NODELAY, tcp(7)), since a dialogue is short messages.
[[nodiscard]] ConnectAttempt begin_connect(const protocol::SocketAddress& address,
                                           const Origin& origin);
// Returns how the connect(2) of a socket that poll(2) reported as ready has ended: an errno(3), 0
// if it is connected.
[[nodiscard]] int connect_result(int socket);

// When to connect again to addresses that have not answered, from a new port: first `after` the
// race began, and then at intervals of `every`. The kernel repeats a SYN after 1, 3, 7 and 15 s,
// so a path that works again after 4 s would be found after 7.
struct ConnectRepeats {
  std::chrono::nanoseconds after{};
  std::chrono::nanoseconds every{};
};

// The attempts to connect to one server, RFC 8305, section 5: the next one begins as soon as the
// last has failed, or `delay` after it began. Attempts run side by side, and the first that
// connects wins.
class ConnectRace {
 public:
  struct Winner {
    posix::Descriptor socket;
    std::size_t address = 0;  // its index in the addresses
    // SYNs sent to that address beyond the first, by the kernel or by repeats.
    std::uint32_t syn_retransmits = 0;
  };
  // For each address that was tried, in order, why it failed, an errno(3): ETIMEDOUT if it had not
  // answered by the deadline, EINTR if it had not by the interrupt. Never empty; addresses that
  // were not tried are left out.
  using Causes = std::vector<int>;

  // `addresses`, at least one, are borrowed for the life of the race. Those of Unix sockets are
  // tried one after another. The race also ends when the descriptor `interrupt`, which the caller
  // keeps, becomes readable; -1 stands for none. Each round of `repeats`, of which there are none
  // for Unix sockets, replaces the last one, while the first attempts continue. A repeat can win
  // the race, but when the first attempts have failed, the race is lost.
  ConnectRace(const Addresses& addresses, posix::Clock::time_point deadline,
              std::chrono::milliseconds delay = attempt_delay, int interrupt = -1,
              Origin origin = {}, std::optional<ConnectRepeats> repeats = {})
      : addresses_(addresses),
        deadline_(deadline),
        delay_(delay),
        interrupt_(interrupt),
        origin_(std::move(origin)),
        repeats_(repeats) {}

  // Runs the race; call it once. Returns a connected stream socket with the properties that
  // begin_connect() states. The sockets of the other attempts are closed when the race is
  // destroyed.
  [[nodiscard]] tl::expected<Winner, Causes> run();

 private:
  using Attempts = std::vector<ConnectAttempt>;

  [[nodiscard]] bool next_is_due() const;
  void start_due();
  [[nodiscard]] bool may_repeat() const;
  void repeat_due();
  // Takes the refusal of a repeat for that of the first attempt, which would hear of it only after
  // its kernel's next SYN, up to 7 s later.
  void heed_refusals();
  void wait();
  [[nodiscard]] posix::Clock::time_point next_event() const;
  [[nodiscard]] Winner winner(ConnectAttempt& attempt) const;
  [[nodiscard]] bool is_lost() const;
  [[nodiscard]] Causes causes() const;

  const Addresses& addresses_;
  posix::Clock::time_point deadline_;
  std::chrono::milliseconds delay_;
  int interrupt_;
  Origin origin_;
  std::optional<ConnectRepeats> repeats_;
  bool interrupted_ = false;
  Attempts attempts_;  // begun so far, in the order of the addresses
  posix::Clock::time_point next_start_;
  Attempts again_;  // the last round of repeats
  std::uint32_t rounds_ = 0;
  posix::Clock::time_point next_round_;
};

}  // namespace yodel::client
