// Starting a program: posix_spawn(3).
#pragma once

#include <span>
#include <spawn.h>
#include <string>
#include <sys/types.h>

#include "posix/signals.hpp"

namespace yodel::posix {

// How to start a process: as the leader of a process group of its own, with the signals `blocked`
// pending until the process takes them, and with no signal ignored.
class SpawnPlan {
 public:
  explicit SpawnPlan(const SignalSet& blocked);
  ~SpawnPlan();
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  SpawnPlan(SpawnPlan&&) = delete;
  SpawnPlan& operator=(SpawnPlan&&) = delete;

  // Makes descriptor `as` of the new process /dev/null, or a copy of `fd`.
  void open_null(int as);
  void put(int fd, int as);

  // Starts the program `path`; `arguments` and `environment` must end in a null pointer. Returns
  // the pid. Throws std::system_error on failure.
  [[nodiscard]] pid_t spawn(const std::string& path, std::span<char* const> arguments,
                            std::span<char* const> environment) const;

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace yodel::posix
