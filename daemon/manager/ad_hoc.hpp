// yodeld --listen: a daemon without a file, started by hand for a short time.
#pragma once

#include <string>
#include <vector>

#include "config/source.hpp"
#include "manager/generation.hpp"
#include "manager/life_cycle.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/protocol.hpp"

namespace yodel::manager {

// Returns the event that SIGHUP stands for: a reload, if there is a file to read again. Without a
// file, SIGHUP stops the daemon as it does other programs when their terminal closes, unless it was
// ignored when the daemon started, as under nohup(1).
[[nodiscard]] Event hangup_event(const config::Source& source) noexcept;

// Returns the addresses at which other hosts can reach this one: those of each interface that is
// up, without loopback and link-local ones. Returns none if getifaddrs(3) fails.
[[nodiscard]] std::vector<protocol::Endpoint> reachable_addresses();

// Returns the commands to type at the other end of a listener, one for each address. If `bound` is
// a wildcard, these are the addresses of its family in `own`, or loopback if `own` has none.
[[nodiscard]] std::vector<std::string> commands_for(const protocol::Endpoint& bound,
                                                    protocol::Protocol protocol,
                                                    const std::vector<protocol::Endpoint>& own);

// Prints these commands to standard output. Never blocks: what standard output does not take at
// once is lost.
void print_invitation(const Generation& generation);

}  // namespace yodel::manager
