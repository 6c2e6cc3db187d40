#include "manager/capacity.hpp"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

#include "manager/kernel_number.hpp"

namespace yodel::manager {
namespace {

using Number = std::optional<std::uint64_t>;
namespace fs = std::filesystem;

Number smaller(Number a, Number b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

// Returns the smallest value of `name` in the cgroup `path` and its ancestors.
Number min_upwards(std::string_view path, const char* name) {
  const fs::path root = "/sys/fs/cgroup";
  Number result;
  fs::path group = root / fs::path(path).relative_path();
  for (;;) {
    result = smaller(result, read_number(group / name));
    if (group == root || group == group.parent_path()) return result;
    group = group.parent_path();
  }
}

// Returns the path of this process's cgroup: the line "0::PATH" of /proc/self/cgroup, cgroups(7).
std::string own_cgroup() {
  constexpr std::string_view prefix = "0::";
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line) && !line.starts_with(prefix)) {
  }
  return line.starts_with(prefix) ? line.substr(prefix.size()) : "/";
}

Number user_processes() {
  rlimit limit{};
  // The superuser is exempt, fork(2).
  if (::geteuid() == 0 || ::getrlimit(RLIMIT_NPROC, &limit) < 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

Number bytes_of_pages(Number pages) {
  const long size = ::sysconf(_SC_PAGESIZE);
  if (!pages || size <= 0) return std::nullopt;
  return *pages * static_cast<std::uint64_t>(size);
}

Number physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  return pages <= 0 ? std::nullopt : bytes_of_pages(static_cast<std::uint64_t>(pages));
}

// Returns the command that raises a kernel limit on processes far enough, or "" if no kernel allows
// as many. These limits count all processes and threads of the machine, so `others` leaves room.
std::string raise_to(std::string_view name, std::uint64_t needed) {
  constexpr std::uint64_t max_processes = 4'194'304;  // of a 64-bit kernel, proc(5), pid_max
  constexpr std::uint64_t others = 1024;
  const auto wanted = std::bit_ceil(std::min(needed, max_processes) + others);
  return wanted > max_processes ? "" : fmt::format("; raise it: sysctl {}={}", name, wanted);
}

config::Diagnostic warning(config::Location where, std::string text) {
  return {.where = where, .severity = config::Severity::warning, .text = std::move(text)};
}

// Warns if `value`, the value of `key` in `listen`, exceeds the `limit` of the sysctl `name`.
void check_sysctl(config::Location where, std::string_view key, const config::Listen& listen,
                  std::uint64_t value, Number limit, std::string_view name,
                  config::Diagnostics& warnings) {
  if (!limit || value <= *limit) return;
  warnings.push_back(warning(
      where, fmt::format("{} = {} at {}: the kernel allows {} ({}); raise it: sysctl {}={}", key,
                         value, to_string(listen.endpoint), *limit, name, name, value)));
}

void check_sockets(const config::Loaded& loaded, const Machine& machine,
                   config::Diagnostics& warnings) {
  for (std::size_t i = 0; i < loaded.settings.listeners.size(); ++i) {
    const auto& listen = loaded.settings.listeners[i];
    check_sysctl(loaded.backlogs[i], "backlog", listen, static_cast<std::uint64_t>(listen.backlog),
                 machine.somaxconn, "net.core.somaxconn", warnings);
    check_sysctl(loaded.socket_buffers[i], "socket_buffer", listen, listen.socket_buffer,
                 machine.rmem_max, "net.core.rmem_max", warnings);
    check_sysctl(loaded.socket_buffers[i], "socket_buffer", listen, listen.socket_buffer,
                 machine.wmem_max, "net.core.wmem_max", warnings);
  }
}

std::string sessions_of_each(const config::Settings& settings) {
  return fmt::format("sessions = {} for {}", settings.limits.sessions,
                     settings.listeners.size() == 1
                         ? "1 listener"
                         : fmt::format("each of {} listeners", settings.listeners.size()));
}

void check_processes(const config::Loaded& loaded, const Machine& machine,
                     config::Diagnostics& warnings) {
  const auto& settings = loaded.settings;
  const std::uint64_t listeners = settings.listeners.size();
  // The manager, its log writer and an acceptor for each listener are processes too.
  const std::uint64_t processes = settings.limits.sessions * listeners + listeners + 2;
  const auto compare = [&](Number limit, std::string_view name, std::string_view remedy) {
    if (!limit || processes <= *limit) return;
    warnings.push_back(warning(
        loaded.sessions, fmt::format("{} needs {} processes, but {} allows {}{}",
                                     sessions_of_each(settings), processes, name, *limit, remedy)));
  };
  compare(machine.user_processes, "RLIMIT_NPROC",
          "; raise it: LimitNPROC= in the unit, or ulimit -u");
  compare(machine.pid_max, "kernel.pid_max", raise_to("kernel.pid_max", processes));
  compare(machine.threads_max, "kernel.threads-max", raise_to("kernel.threads-max", processes));
  compare(machine.cgroup_tasks, "pids.max of the cgroup",
          "; raise it: TasksMax= in the unit or slice");
}

void check_memory(const config::Loaded& loaded, const Machine& machine,
                  config::Diagnostics& warnings) {
  const auto& settings = loaded.settings;
  const std::uint64_t sessions = settings.limits.sessions;
  const std::uint64_t all = sessions * settings.listeners.size();
  std::uint64_t tcp = 0;    // bytes in socket buffers that peers on other hosts can fill
  std::uint64_t local = 0;  // the same for Unix sockets
  std::uint64_t max = 0;    // of one session
  for (const auto& listen : settings.listeners) {
    // Processes of this host can fill as many buffers with connections among themselves.
    if (is_loopback(listen.endpoint)) continue;
    const bool is_local = listen.endpoint.family == protocol::Family::local;
    const auto buffers = max_buffers_per_session(listen, machine);
    (is_local ? local : tcp) += sessions * buffers;
    max = std::max(max, buffers);
  }
  const auto warn = [&](std::string_view what, std::uint64_t needed, std::uint64_t each,
                        std::string_view which, std::uint64_t limit) {
    warnings.push_back(warning(
        loaded.sessions, fmt::format("{} takes up to {} MiB of {}, up to {} KiB each; {} {} MiB",
                                     sessions_of_each(settings), needed >> 20, what, each >> 10,
                                     which, limit >> 20)));
  };
  if (machine.tcp_memory && tcp > *machine.tcp_memory) {
    warn("socket buffers if peers send but do not read", tcp, max,
         "net.ipv4.tcp_mem limits TCP on this machine to", *machine.tcp_memory);
    warnings.back().text += "; lower sessions, or limit the buffers: socket_buffer";
  }
  if (!machine.memory) return;
  const auto idle = all * bytes_per_session;
  const auto busy =
      all * bytes_per_busy_session + local + std::min(tcp, machine.tcp_memory.value_or(tcp));
  if (idle > *machine.memory) {
    warn("memory", idle, bytes_per_session, "available:", *machine.memory);
  } else if (busy > *machine.memory) {
    warn("memory if peers send but do not read", busy, bytes_per_busy_session + max,
         "available:", *machine.memory);
  }
}

}  // namespace

Machine this_machine() {
  const auto cgroup = own_cgroup();
  return {.somaxconn = read_number("/proc/sys/net/core/somaxconn"),
          .user_processes = user_processes(),
          .pid_max = read_number("/proc/sys/kernel/pid_max"),
          .threads_max = read_number("/proc/sys/kernel/threads-max"),
          .cgroup_tasks = min_upwards(cgroup, "pids.max"),
          .memory = smaller(min_upwards(cgroup, "memory.max"), physical_memory()),
          .rmem_max = read_number("/proc/sys/net/core/rmem_max"),
          .wmem_max = read_number("/proc/sys/net/core/wmem_max"),
          .wmem_default = read_number("/proc/sys/net/core/wmem_default"),
          .tcp_receive_max = read_number("/proc/sys/net/ipv4/tcp_rmem", 2),
          .tcp_send_max = read_number("/proc/sys/net/ipv4/tcp_wmem", 2),
          .tcp_memory = bytes_of_pages(read_number("/proc/sys/net/ipv4/tcp_mem", 2))};
}

std::uint64_t max_buffers_per_session(const config::Listen& listen, const Machine& machine) {
  const auto twice = [](Number bytes) { return 2 * bytes.value_or(0); };
  // Data sent to a Unix socket stays in the sender's buffer, which a peer may have enlarged.
  if (listen.endpoint.family == protocol::Family::local) {
    return machine.wmem_default.value_or(0) + twice(machine.wmem_max);
  }
  if (listen.socket_buffer == 0) {
    return machine.tcp_receive_max.value_or(0) + machine.tcp_send_max.value_or(0);
  }
  const Number asked = listen.socket_buffer;
  return twice(smaller(asked, machine.rmem_max)) + twice(smaller(asked, machine.wmem_max));
}

config::Diagnostics check_capacity(const config::Loaded& loaded, const Machine& machine) {
  config::Diagnostics warnings;
  check_sockets(loaded, machine, warnings);
  check_processes(loaded, machine, warnings);
  check_memory(loaded, machine, warnings);
  return warnings;
}

}  // namespace yodel::manager
