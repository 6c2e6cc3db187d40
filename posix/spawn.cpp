#include "posix/spawn.hpp"

#include <csignal>
#include <fcntl.h>
#include <system_error>

namespace yodel::posix {

SpawnPlan::SpawnPlan(const SignalSet& blocked) {
  posix_spawn_file_actions_init(&actions_);
  posix_spawnattr_init(&attributes_);
  sigset_t all{};
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes_, &blocked.get());
  posix_spawnattr_setsigdefault(&attributes_, &all);
  posix_spawnattr_setpgroup(&attributes_, 0);
  posix_spawnattr_setflags(&attributes_,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

SpawnPlan::~SpawnPlan() {
  posix_spawnattr_destroy(&attributes_);
  posix_spawn_file_actions_destroy(&actions_);
}

void SpawnPlan::open_null(int as) {
  posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", O_RDWR, 0);
}

void SpawnPlan::put(int fd, int as) {
  posix_spawn_file_actions_adddup2(&actions_, fd, as);
}

pid_t SpawnPlan::spawn(const std::string& path, std::span<char* const> arguments,
                       std::span<char* const> environment) const {
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, arguments.data(),
                                  environment.data());
  if (error != 0) {
    throw std::system_error(error, std::generic_category(),
                            std::string("cannot start ") + arguments[0]);
  }
  return pid;
}

}  // namespace yodel::posix
