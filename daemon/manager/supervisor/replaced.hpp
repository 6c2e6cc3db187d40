// A listening socket that a reload has replaced by another: "127.0.0.1:9999" by "0.0.0.0:9999".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

struct Replaced {
  protocol::Endpoint bound;  // where it listened
  // The same as text. Sessions that began there count towards the limits of the successor.
  std::string where;
  // No new connection arrives here, but the successor accepts those whose handshake had begun. Null
  // if another successor has the socket, or `until` has passed.
  std::shared_ptr<const posix::Descriptor> socket;
  posix::Clock::time_point until;
};

// Closes the sockets that have expired at `now`.
inline void drop_expired(std::vector<Replaced>& all, posix::Clock::time_point now) noexcept {
  for (Replaced& replaced : all) {
    if (now >= replaced.until) replaced.socket.reset();
  }
}

}  // namespace yodel::manager
