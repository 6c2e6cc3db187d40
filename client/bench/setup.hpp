// Prepares a run: checks the limit of descriptors and resolves the server's address.
#pragma once

#include <cstddef>

#include "client/bench/plan.hpp"
#include "client/connection/server_options.hpp"
#include "client/failure.hpp"

namespace yodel::client::bench {

// Returns how many processors this process may use, sched_getaffinity(2).
[[nodiscard]] std::size_t processors();

// Resolves the server's name into the plan's address; of several addresses, takes the first that
// accepts a connection. Fails if the limit of descriptors is too low for the plan's connections.
[[nodiscard]] Result<void> set_up(BenchPlan& plan, const ServerOptions& server);

}  // namespace yodel::client::bench
