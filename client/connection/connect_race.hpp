// Connecting to a server that has several addresses: RFC 8305, "Happy Eyeballs Version 2".
#pragma once

#include <chrono>
#include <cstddef>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "client/connection/origin.hpp"
#include "client/connection/resolve.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client {

// `addresses` with the families in turn, beginning with the family of the first, and each family in
// the order that it had: RFC 8305, section 4, with a First Address Family Count of 1. So one family
// that does not work on this network costs one attempt, and not one for each of its addresses.
[[nodiscard]] Addresses interleave_families(const Addresses& addresses);

// RFC 8305, section 8: the "Connection Attempt Delay" that it recommends.
constexpr std::chrono::milliseconds attempt_delay{250};

// The attempts to connect to one server, RFC 8305, section 5: one begins when the one before has
// failed or has had `attempt_delay`, all that have begun go on beside each other, and the first
// that connects wins.
class ConnectRace {
 public:
  struct Winner {
    posix::Descriptor socket;
    std::size_t address = 0;  // its place among the addresses
  };
  // For each address that was tried, in order, why it failed, errno(3): ETIMEDOUT where it had not
  // answered at the deadline. At least one; addresses whose turn had not come have none.
  using Causes = std::vector<int>;

  // It ends when `interrupt` can be read, a descriptor, or -1 for none, which stays the caller's:
  // what had not answered then has EINTR for its cause.
  //
  // `addresses` are lent for the race's life, at least one. Those of Unix sockets are tried one
  // after the other.
  ConnectRace(const Addresses& addresses, posix::Clock::time_point deadline,
              std::chrono::milliseconds delay = attempt_delay, int interrupt = -1,
              Origin origin = {})
      : addresses_(addresses),
        deadline_(deadline),
        delay_(delay),
        interrupt_(interrupt),
        origin_(std::move(origin)) {}

  // Runs it, once. What it gives is a stream socket: connected, connect(2), non-blocking, closed on
  // exec, and without Nagle's delay (tcp(7), TCP_NODELAY), for a dialogue is short messages. Those
  // of the other attempts are closed when the race goes.
  [[nodiscard]] tl::expected<Winner, Causes> run();

 private:
  struct Attempt {
    posix::Descriptor socket;
    int error = 0;  // EINPROGRESS: it goes on; 0: it is connected
  };

  [[nodiscard]] bool next_is_due() const;
  void start_due();
  void wait();
  [[nodiscard]] bool is_lost() const;
  [[nodiscard]] Causes causes() const;

  const Addresses& addresses_;
  posix::Clock::time_point deadline_;
  std::chrono::milliseconds delay_;
  int interrupt_;
  Origin origin_;
  bool interrupted_ = false;
  std::vector<Attempt> attempts_;  // those that have begun, in the order of the addresses
  posix::Clock::time_point next_start_;
};

}  // namespace yodel::client
