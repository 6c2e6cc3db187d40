// Checks before the start whether this host has the addresses of the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "config/diagnostic.hpp"
#include "config/load.hpp"

namespace yodel::manager {

struct Host {
  // As whom the service runs.
  struct User {
    std::string name;
    uid_t uid;
    gid_t gid;
  };
  std::uint32_t first_unprivileged_port = 1024;
  // std::nullopt: this process's own rights count, because it is not root's, or there is no
  // service.
  std::optional<User> user{};
};
[[nodiscard]] Host this_host();

// Returns a warning for each listener that the service could not have on this host, at its place in
// the file, with what to do about it. Makes a socket at each IPv4 and IPv6 address, at a port that
// is free, where it does not listen.
[[nodiscard]] config::Diagnostics check_addresses(const config::Loaded& loaded, const Host& host);

}  // namespace yodel::manager
