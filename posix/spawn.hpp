// What a program is started with: posix_spawn(3).
#pragma once

#include <span>
#include <spawn.h>
#include <string>
#include <sys/types.h>

#include "posix/signals.hpp"

namespace yodel::posix {

// A plan starts one process: the leader of a process group of its own, in which `waiting` are
// blocked, so that they wait until it is there to take them, and no signal is ignored.
class SpawnPlan {
 public:
  explicit SpawnPlan(const SignalSet& waiting);
  ~SpawnPlan();
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  SpawnPlan(SpawnPlan&&) = delete;
  SpawnPlan& operator=(SpawnPlan&&) = delete;

  // In the new process `as` is /dev/null, or what `fd` is here.
  void open_null(int as);
  void put(int fd, int as);

  // Executes the program `path`; `arguments` and `environment` end in null. Returns the pid. Throws
  // std::system_error.
  [[nodiscard]] pid_t spawn(const std::string& path, std::span<char* const> arguments,
                            std::span<char* const> environment) const;

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace yodel::posix
