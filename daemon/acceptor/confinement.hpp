// What an acceptor and its sessions may do: it gives up all else, once, before it accepts. Each
// session is born confined, since all of this is inherited.
//
// The steps, in their order; each throws std::system_error when the kernel refuses it. A build with
// sanitizers, which look into the process and read files of proc(5), stays dumpable and leaves the
// last three out.
#pragma once

#include <cstddef>

#include "acceptor/fork_key.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {

// The standard descriptors lead nowhere, then there are the channel and the listener's socket,
// protocol/launch.hpp. What else whoever started the manager may have left open is closed, but for
// the place of retired listeners.
void check_descriptors();
// `count` retired listeners are in their place, and the rest of it is closed.
void check_retired(std::size_t count);

// Root becomes nobody, where that is possible; nobody has a capability, capabilities(7), whoever
// has started the manager. No program that it executes gives it more rights, PR_SET_NO_NEW_PRIVS;
// nobody of the same user may look into it, ptrace(2) and proc(5), PR_SET_DUMPABLE.
void give_up_privileges();

// Descriptors: those that it has, and one connection; and as many more as it has of `retired`
// listeners, since poll(2) takes no more than that. No core, no file, a small stack, setrlimit(2).
void limit_resources(std::size_t retired);

// No file, no TCP address, no abstract Unix socket and no signal to a process outside,
// landlock(7), as far as the kernel has it; nothing where it has none.
void deny_files_and_network();

// The system calls that are left for that protocol, make_filter.cpp; any other kills the process.
// `key` makes the difference between the acceptor and its sessions. The last step, since the others
// need more.
void install_filter(protocol::Protocol protocol, const ForkKey& key);

}  // namespace yodel::acceptor
