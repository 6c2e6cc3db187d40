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
};

// Reads them from /proc and from /sys/fs/cgroup, cgroups(7), version 2.
[[nodiscard]] Machine this_machine();

// The memory of one idle session, in bytes, with both ends of a connection over loopback: 85 KiB
// were measured (tests/bench/run.sh --scale), and a busy one takes a few more.
constexpr std::uint64_t bytes_per_session = std::uint64_t{100} << 10;

// A warning for each setting that the machine will not honour, at its place in the file, with what
// to do about it.
[[nodiscard]] config::Diagnostics check_capacity(const config::Loaded& loaded,
                                                 const Machine& machine);

}  // namespace yodel::manager
