// Checks whether the machine's limits allow what the settings ask for.
#pragma once

#include <cstdint>
#include <optional>

#include "config/diagnostic.hpp"
#include "config/load.hpp"

namespace yodel::manager {

// The machine's limits as this process finds them. A value is std::nullopt if there is no limit, or
// if it cannot be read: /proc/sys may be hidden from a service.
struct Machine {
  std::optional<std::uint64_t> somaxconn{};       // net.core.somaxconn
  std::optional<std::uint64_t> user_processes{};  // RLIMIT_NPROC; root is exempt
  std::optional<std::uint64_t> pid_max{};         // kernel.pid_max
  std::optional<std::uint64_t> threads_max{};     // kernel.threads-max
  std::optional<std::uint64_t> cgroup_tasks{};    // pids.max, the lowest up to the root cgroup
  // The lower of memory.max and the physical memory, in bytes.
  std::optional<std::uint64_t> memory{};
  // The largest buffer size that a program may set, in bytes. The kernel doubles it.
  std::optional<std::uint64_t> rmem_max{};  // net.core.rmem_max
  std::optional<std::uint64_t> wmem_max{};  // net.core.wmem_max
  // The initial size of a Unix socket's buffer, in bytes.
  std::optional<std::uint64_t> wmem_default{};  // net.core.wmem_default
  // The size up to which the kernel grows the buffers of one TCP connection, in bytes.
  std::optional<std::uint64_t> tcp_receive_max{};  // net.ipv4.tcp_rmem, its third number
  std::optional<std::uint64_t> tcp_send_max{};     // net.ipv4.tcp_wmem, its third number
  // The limit for all TCP connections of the machine, in bytes.
  std::optional<std::uint64_t> tcp_memory{};  // net.ipv4.tcp_mem, its third number
};

// Returns this machine's limits, from /proc and from /sys/fs/cgroup, cgroups(7), version 2.
[[nodiscard]] Machine this_machine();

// The memory of one idle session, in bytes. Measured: 85 KiB with both ends of a connection over
// loopback (tests/bench/run.sh --scale).
constexpr std::uint64_t bytes_per_session = std::uint64_t{100} << 10;
// The memory of one session under a flood of data, in bytes, without its socket buffers. Measured:
// 264 KiB of its own pages, and 45 KiB of the kernel's for each process.
constexpr std::uint64_t bytes_per_busy_session = std::uint64_t{320} << 10;

// Returns the largest number of bytes that a session of `listen` can hold in socket buffers when
// its peer sends but does not read. Limits that are not known count as 0.
[[nodiscard]] std::uint64_t max_buffers_per_session(const config::Listen& listen,
                                                    const Machine& machine);

// Returns a warning for each setting that the machine does not allow, with its position in the file
// and the remedy.
[[nodiscard]] config::Diagnostics check_capacity(const config::Loaded& loaded,
                                                 const Machine& machine);

}  // namespace yodel::manager
