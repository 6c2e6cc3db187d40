// Prepares a run: descriptors, the server's address, addresses to connect from.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/bench/plan.hpp"
#include "client/connection/server_options.hpp"
#include "client/failure.hpp"

namespace yodel::client::bench {

// How many processors this process may use, sched_getaffinity(2).
[[nodiscard]] std::size_t processors();

// Puts into the plan the address that is measured, where a name has several the one that a
// connection is made to, and those to connect from. Fails where there are too few descriptors for
// its connections, and where nothing can be sent from one of `sources`.
[[nodiscard]] Result<void> set_up(BenchPlan& plan, const ServerOptions& server,
                                  const std::vector<std::string>& sources);

}  // namespace yodel::client::bench
