// A listening socket that another one has replaced at a reload: "127.0.0.1:9999" by "0.0.0.0:9999".
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
  // The same as text: sessions that began there count towards the limits of its successor.
  std::string where;
  // No connection begins there any more, but those that had begun are its successor's to accept.
  // null: another successor has it, or its time is over.
  std::shared_ptr<const posix::Descriptor> socket;
  posix::Clock::time_point until;
};

// Lets go of those sockets whose time is over at `now`.
inline void drop_expired(std::vector<Replaced>& all, posix::Clock::time_point now) noexcept {
  for (Replaced& replaced : all) {
    if (now >= replaced.until) replaced.socket.reset();
  }
}

}  // namespace yodel::manager
