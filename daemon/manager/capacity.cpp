#include "manager/capacity.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

#include "text/counted.hpp"

namespace yodel::manager {
namespace {

using Number = std::optional<std::uint64_t>;
namespace fs = std::filesystem;

Number smaller(Number a, Number b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

// The number that a file of /proc or of a cgroup holds; "max" is none.
Number read_number(const fs::path& path) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  if (!(file >> word)) return std::nullopt;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

// Returns the smallest value of `name` in the cgroup `path` and in all above it.
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
  // The superuser is not held to it, fork(2).
  if (::geteuid() == 0 || ::getrlimit(RLIMIT_NPROC, &limit) < 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

Number physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long size = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
}

// The command that raises one of the kernel's limits of processes far enough; nothing where no
// kernel goes so far. They count every process and thread of the machine: some room is for those.
std::string raise_to(std::string_view name, std::uint64_t needed) {
  constexpr std::uint64_t most = 4'194'304;  // processes of a 64-bit kernel, proc(5), pid_max
  constexpr std::uint64_t others = 1024;
  const auto wanted = std::bit_ceil(std::min(needed, most) + others);
  return wanted > most ? "" : fmt::format("; raise it: sysctl {}={}", name, wanted);
}

config::Diagnostic warning(config::Location where, std::string text) {
  return {.where = where, .severity = config::Severity::warning, .text = std::move(text)};
}

}  // namespace

Machine this_machine() {
  const auto cgroup = own_cgroup();
  return {.somaxconn = read_number("/proc/sys/net/core/somaxconn"),
          .user_processes = user_processes(),
          .pid_max = read_number("/proc/sys/kernel/pid_max"),
          .threads_max = read_number("/proc/sys/kernel/threads-max"),
          .cgroup_tasks = min_upwards(cgroup, "pids.max"),
          .memory = smaller(min_upwards(cgroup, "memory.max"), physical_memory())};
}

config::Diagnostics check_capacity(const config::Loaded& loaded, const Machine& machine) {
  config::Diagnostics warnings;
  const auto& settings = loaded.settings;
  for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
    const auto& listen = settings.listeners[i];
    if (machine.somaxconn && static_cast<std::uint64_t>(listen.backlog) > *machine.somaxconn) {
      warnings.push_back(
          warning(loaded.backlogs[i],
                  fmt::format("backlog = {0} at {1}: the kernel allows {2}, net.core.somaxconn; "
                              "raise it: sysctl net.core.somaxconn={0}",
                              listen.backlog, to_string(listen.endpoint), *machine.somaxconn)));
    }
  }

  const std::uint64_t listeners = settings.listeners.size();
  const std::uint64_t sessions = settings.limits.sessions * listeners;
  // The manager, its log writer and an acceptor for each listener are processes too.
  const std::uint64_t processes = sessions + listeners + 2;
  const auto compare = [&](Number limit, std::string_view name, std::string_view remedy) {
    if (!limit || processes <= *limit) return;
    warnings.push_back(
        warning(loaded.sessions,
                fmt::format("sessions = {} of each of {} needs {} processes: {} allows {}{}",
                            settings.limits.sessions, text::counted(listeners, "listener"),
                            processes, name, *limit, remedy)));
  };
  compare(machine.user_processes, "RLIMIT_NPROC",
          "; raise it: LimitNPROC= of the unit, or ulimit -u");
  compare(machine.pid_max, "kernel.pid_max", raise_to("kernel.pid_max", processes));
  compare(machine.threads_max, "kernel.threads-max", raise_to("kernel.threads-max", processes));
  compare(machine.cgroup_tasks, "pids.max of the cgroup",
          "; raise it: TasksMax= of the unit or slice");

  if (machine.memory && sessions * bytes_per_session > *machine.memory) {
    warnings.push_back(warning(
        loaded.sessions, fmt::format("sessions = {} of each of {} takes up to {} MiB of memory, at "
                                     "{} KiB each: there are {} MiB",
                                     settings.limits.sessions, text::counted(listeners, "listener"),
                                     sessions * bytes_per_session >> 20, bytes_per_session >> 10,
                                     *machine.memory >> 20)));
  }
  return warnings;
}

}  // namespace yodel::manager
