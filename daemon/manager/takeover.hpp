// A reload from one address to another that overlaps with it, as from "127.0.0.1:9999" to
// "0.0.0.0:9999" or back. New listening sockets replace the previous ones, and no connection is
// refused.
//
// prepare() binds the new socket beside the previous one, where it has no effect until it listens.
// Once all acceptors are ready, it listens. The commit diverts the previous socket, so that new
// connections begin at the new one. A handshake that has already begun completes at the previous
// socket, so the acceptor of the new socket polls both for replaced_time. One acceptor therefore
// has all of these sessions, and the limits apply to their sum.
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

// How long a replaced socket stays open, counted from prepare() and so including the time that
// acceptors have to become ready. The kernel abandons a handshake after 63 s with the default
// net.ipv4.tcp_synack_retries = 5, tcp(7).
constexpr auto replaced_time = LifeCycle::ready_time + std::chrono::seconds(65);

// Returns a bound socket for `listen` that does not listen yet and replaces the sockets of
// `previous` at overlapping addresses, or null if there are none. Throws StartError, also if one of
// them cannot be replaced.
[[nodiscard]] std::shared_ptr<Listener> bind_in_place(const config::Listen& listen,
                                                      const Generation& previous);

// Records in `made` which sockets of `previous` it replaces at `now`. Throws StartError if one
// acceptor would get more than protocol::max_retired of them.
void assign_replaced(Generation& made, const Generation& previous, posix::Clock::time_point now);

// Makes the sockets of `made` listen that do not yet. Returns event::Listening, or
// event::NotListening with the cause. The sockets of `previous` are not changed.
[[nodiscard]] Event start_listening(const Generation& made, const Generation& previous);

// Diverts the sockets that `made` replaces: no new connection begins there. Returns pairs of the
// address in `previous` and the address in `made` that has replaced it.
[[nodiscard]] std::set<std::pair<std::string, std::string>> divert_replaced(
    const Generation& made, const Generation& previous);

// Returns whether `made` replaces `listener`.
[[nodiscard]] bool is_replaced(const Listener& listener, const Generation& made) noexcept;

}  // namespace yodel::manager
