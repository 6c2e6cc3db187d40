// Prepares a run: descriptors and the server's address.
#pragma once

#include <cstddef>

#include "client/bench/plan.hpp"
#include "client/connection/server_options.hpp"
#include "client/failure.hpp"

namespace yodel::client::bench {

// How many processors this process may use, sched_getaffinity(2).
[[nodiscard]] std::size_t processors();

// Puts into the plan the address that is measured, where a name has several the one that a
// connection is made to. Fails where there are too few descriptors for its connections.
[[nodiscard]] Result<void> set_up(BenchPlan& plan, const ServerOptions& server);

}  // namespace yodel::client::bench
