// Checks whether the service can listen at the addresses of the file on this host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "config/diagnostic.hpp"
#include "config/load.hpp"

namespace yodel::manager {

// The properties of this host that decide where the service can listen.
struct Host {
  // The user as whom the service runs.
  struct User {
    std::string name;
    uid_t uid;
    gid_t gid;
  };
  std::uint32_t first_unprivileged_port = 1024;
  // std::nullopt if this process is not root or there is no such user. Then the rights of this
  // process count.
  std::optional<User> user{};
};
// Returns the properties of this host.
[[nodiscard]] Host this_host();

// Returns a warning for each address at which the service could not listen on this host, with its
// position in the file and the remedy. To find out, binds a socket to each IPv4 and IPv6 address,
// at a free port, without listening.
[[nodiscard]] config::Diagnostics check_addresses(const config::Loaded& loaded, const Host& host);

}  // namespace yodel::manager
