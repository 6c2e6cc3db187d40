// Connects as a plan of `yodel bench` asks for.
#pragma once

#include <cstddef>

#include "client/bench/plan.hpp"
#include "posix/descriptor.hpp"

namespace yodel::client::bench {

// A socket and how far connect(2) got.
struct Dialled {
  posix::Descriptor socket;
  // An errno(3). 0: connected. EINPROGRESS: epoll(7) will report the outcome. EAGAIN: the backlog
  // of the Unix socket is full, unix(7), and there is no socket.
  int error = 0;
};

// Calls connect(2) without blocking. If the plan has origins, connects from number `origin` modulo
// their count.
[[nodiscard]] Dialled dial(const BenchPlan& plan, std::size_t origin);

}  // namespace yodel::client::bench
