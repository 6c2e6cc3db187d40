// The arithmetic that an administrator forgets: whether the settings fit the machine.
#pragma once

#include <cstdint>
#include <optional>

#include "config/diagnostic.hpp"
#include "config/load.hpp"

namespace yodel::manager {

// The machine's limits as this process finds them; nullopt where there is none, or where it cannot
// be read (a service may not see /proc/sys).
struct Machine {
  std::optional<std::uint64_t> somaxconn{};       // net.core.somaxconn
  std::optional<std::uint64_t> user_processes{};  // RLIMIT_NPROC, which root has not
  std::optional<std::uint64_t> pid_max{};         // kernel.pid_max
  std::optional<std::uint64_t> threads_max{};     // kernel.threads-max
  std::optional<std::uint64_t> cgroup_tasks{};    // pids.max of the cgroup, or of one above it
  std::optional<std::uint64_t> memory{};  // bytes: the least of memory.max and what there is
  // Bytes. What may be asked for a socket's buffers, of which the kernel takes twice as much; what
  // those of a Unix socket begin with; what it gives a TCP connection of itself, and all of them.
  std::optional<std::uint64_t> rmem_max{};         // net.core.rmem_max
  std::optional<std::uint64_t> wmem_max{};         // net.core.wmem_max
  std::optional<std::uint64_t> wmem_default{};     // net.core.wmem_default
  std::optional<std::uint64_t> tcp_receive_max{};  // net.ipv4.tcp_rmem, its third number
  std::optional<std::uint64_t> tcp_send_max{};     // net.ipv4.tcp_wmem, its third number
  std::optional<std::uint64_t> tcp_memory{};       // net.ipv4.tcp_mem, its third number
};

// Reads them from /proc and from /sys/fs/cgroup, cgroups(7), version 2.
[[nodiscard]] Machine this_machine();

// The memory of one idle session, in bytes, with both ends of a connection over loopback: 85 KiB
// were measured (tests/bench/run.sh --scale).
constexpr std::uint64_t bytes_per_session = std::uint64_t{100} << 10;
// The same of one that is flooded, without the buffers of its socket: 264 KiB of its own pages were
// measured, and 45 KiB are the kernel's for each process.
constexpr std::uint64_t bytes_per_busy_session = std::uint64_t{320} << 10;

// Returns how many bytes of the kernel's a session of `listen` can hold at most, with a peer that
// sends and does not read. What is not known of the machine counts as nothing.
[[nodiscard]] std::uint64_t max_buffers_per_session(const config::Listen& listen,
                                                    const Machine& machine);

// A warning for each setting that the machine will not honour, at its place in the file, with what
// to do about it.
[[nodiscard]] config::Diagnostics check_capacity(const config::Loaded& loaded,
                                                 const Machine& machine);

}  // namespace yodel::manager
