// Listeners that are open to every network: at all addresses of the host, with neither `allow` nor
// `proxy_from`. A listener at a particular address, or with "0.0.0.0/0" in `allow`, is a deliberate
// choice of the administrator and does not count.
#pragma once

#include <string>

#include "config/diagnostic.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"
#include "log/record.hpp"
#include "manager/generation.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

// Returns whether every peer that reaches this host may connect to the listener of `settings`:
// `bound` is "0.0.0.0" or "::", and `allow` and `proxy_from` are empty.
[[nodiscard]] bool is_open(const protocol::Endpoint& bound,
                           const config::Listen& settings) noexcept;

// Returns a warning for each open listener of the file, with its position and the remedy.
[[nodiscard]] config::Diagnostics check_open_listeners(const config::Loaded& loaded);

// Returns the records that say where each listener in force listens, and which ones are open. A
// socket passed by systemd may listen at another address than the file names.
[[nodiscard]] log::Records listener_records(const Generation& generation);

// Returns the end of the status line: "; open to every network: 0.0.0.0:9999", the number of open
// listeners if there are several, or "" if there is none.
[[nodiscard]] std::string open_status(const Generation& generation);

}  // namespace yodel::manager
