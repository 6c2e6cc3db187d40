// A reload from an address to one that overlaps with it, as from "127.0.0.1:9999" to
// "0.0.0.0:9999" or back: new listening sockets in the place of previous ones, refusing nobody.
//
// prepare() binds the new socket beside the previous one; it has no effect until it listens. When
// all acceptors are ready it listens, and with the commit the previous one is diverted: connections
// begin at the new socket. A handshake that has begun ends at the previous one, which the acceptor
// of the new one therefore polls too, for replaced_time. So one acceptor has all of them, and the
// limits hold for their sum.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "config/settings.hpp"
#include "manager/generation.hpp"
#include "manager/life_cycle.hpp"
#include "manager/listener.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {

// From prepare() on, so with what acceptors get to become ready: the kernel gives a handshake up
// after 63 s, net.ipv4.tcp_synack_retries = 5, tcp(7).
constexpr auto replaced_time = LifeCycle::ready_time + std::chrono::seconds(65);

// Returns a socket as `listen` says, which does not listen yet, if previous ones are in its place;
// null: none is. Throws StartError, also where one of them cannot be replaced.
[[nodiscard]] std::shared_ptr<Listener> bind_in_place(const config::Listen& listen,
                                                      const Generation& previous);

// Notes which sockets of `previous` those of `made` replace at `now`. Throws StartError if one
// acceptor would get more than protocol::max_retired.
void assign_replaced(Generation& made, const Generation& previous, posix::Clock::time_point now);

// Lets those sockets of `made` listen that do not yet, and returns whether they do. Those of
// `previous` go on as they are.
[[nodiscard]] Event start_listening(const Generation& made, const Generation& previous);

// From now on no connection begins at a socket that `made` replaces. Returns where those of
// `previous` listened, and where those do that replace them.
[[nodiscard]] std::set<std::pair<std::string, std::string>> divert_replaced(
    const Generation& made, const Generation& previous);

// Returns whether `made` replaces this listener.
[[nodiscard]] bool is_replaced(const Listener& listener, const Generation& made) noexcept;

}  // namespace yodel::manager
