// Listeners that are open to every network: at all addresses of the host, and without `allow`. An
// address of its own is one that the administrator has chosen; so is "0.0.0.0/0" in `allow`.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/load.hpp"
#include "log/record.hpp"
#include "manager/generation.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/network.hpp"

namespace yodel::manager {

// Returns whether every peer that reaches this host may connect: `bound` is "0.0.0.0" or "::", and
// `allow` is empty.
[[nodiscard]] bool is_open(const protocol::Endpoint& bound,
                           const std::vector<protocol::Network>& allow) noexcept;

// Returns a warning for each listener of the file that is open, at its place, with the remedy.
[[nodiscard]] config::Diagnostics check_open_listeners(const config::Loaded& loaded);

// Returns the records of the listeners in force: where each of them listens, and which are open. A
// socket that systemd passed may listen elsewhere than the file says.
[[nodiscard]] log::Records listener_records(const Generation& generation);

// Returns what status_text() is to end with: "; open to every network: 0.0.0.0:9999", or how many
// listeners are; empty: none is.
[[nodiscard]] std::string open_status(const Generation& generation);

}  // namespace yodel::manager
