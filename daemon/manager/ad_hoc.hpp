// yodeld --listen: a daemon without a file, started by hand for the moment.
#pragma once

#include <string>
#include <vector>

#include "config/source.hpp"
#include "manager/generation.hpp"
#include "manager/life_cycle.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/protocol.hpp"

namespace yodel::manager {

// Returns what SIGHUP asks for: a reload. Without a file there is nothing to read again, and
// SIGHUP, as of a terminal that is closed, stops the daemon as it stops other programs; but not
// where whoever started it had it ignored, as nohup(1) does.
[[nodiscard]] Event hangup_event(const config::Source& source) noexcept;

// Returns the addresses that others can reach this host at: of each interface that is up, but for
// loopback and link-local ones. Empty: there are none, or the kernel does not tell.
[[nodiscard]] std::vector<protocol::Endpoint> reachable_addresses();

// Returns the commands to type at the other end of a listener, one for each address: that of
// `bound`, or each of `own` that a wildcard includes, or loopback where there is none.
[[nodiscard]] std::vector<std::string> commands_for(const protocol::Endpoint& bound,
                                                    protocol::Protocol protocol,
                                                    const std::vector<protocol::Endpoint>& own);

// Prints them to standard output. Never waits: what standard output does not take at once is lost.
void print_invitation(const Generation& generation);

}  // namespace yodel::manager
