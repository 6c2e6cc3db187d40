// The server that is measured.
#pragma once

#include <cstdint>
#include <string>

#include "posix/descriptor.hpp"

namespace yodel::bench {

struct Target {
  std::string address = "127.0.0.1";  // IPv4
  std::uint16_t port = 0;
};

// A non-blocking socket that has begun to connect, connect(2). Throws std::system_error.
[[nodiscard]] posix::Descriptor begin_connecting(const Target& target);

}  // namespace yodel::bench
