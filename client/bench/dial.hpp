// Begins to connect, as a plan of `yodel bench` says.
#pragma once

#include <cstddef>

#include "client/bench/plan.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client::bench {

struct Dialled {
  posix::Descriptor socket;
  // An errno(3), 0: it is connected. EINPROGRESS: it will be, or not; EAGAIN: the Unix socket has
  // no room for now, unix(7), and there is no socket.
  int error = 0;
};

// Connects from number `origin` of the plan's origins, in turn, where it has some; without waiting,
// connect(2).
[[nodiscard]] Dialled dial(const BenchPlan& plan, std::size_t origin);

}  // namespace yodel::client::bench
