// The confinement of an acceptor and its sessions. The acceptor confines itself once, before it
// accepts, and every session inherits all of it: a filter that each session installed for itself
// would add 135 µs to a fork of 200 µs, because the kernel compiles it each time.
//
// main() takes these steps in this order. Each throws std::system_error if the kernel refuses it. A
// build with sanitizers, which inspect the process and read files in proc(5), stays dumpable and
// skips the last three.
#pragma once

#include <cstddef>

#include "acceptor/fork_key.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {

// Checks that the standard descriptors are /dev/null and that the channel, the listener and the
// control socket are in their places, protocol/launch.hpp. Closes everything else that the manager
// may have inherited and left open, except for the range of retired listeners.
void check_descriptors();
// Checks that `count` retired listeners are at the start of their range, and closes the rest of it.
void check_retired(std::size_t count);

// Changes the user from root to nobody, where that is possible, and drops all capabilities,
// capabilities(7). Sets PR_SET_NO_NEW_PRIVS, so that executing a program never grants more rights,
// and clears PR_SET_DUMPABLE, so that no process of the same user can inspect this one, ptrace(2)
// and proc(5).
void give_up_privileges();

// Limits the descriptors to the acceptor's own, one connection and `retired` listeners (poll(2)
// accepts no longer array than that), and the stack to 256 KiB; forbids core dumps and writing to
// files, setrlimit(2).
void limit_resources(std::size_t retired);

// Denies files, TCP bind and connect, abstract Unix sockets and signals to processes outside,
// landlock(7), as far as the kernel supports it. Does nothing on a kernel without Landlock.
void deny_files_and_network();

// Installs the filter for that protocol and the listener's family, make_filter.cpp. Any other
// system call kills the process. `key` distinguishes the acceptor from its sessions. The last step,
// because the others need more system calls than it allows.
void install_filter(protocol::Protocol protocol, const ForkKey& key);

}  // namespace yodel::acceptor
