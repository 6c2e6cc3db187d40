// The server to measure.
#pragma once

#include <cstdint>
#include <string>

#include "posix/descriptor.hpp"

namespace yodel::bench {

struct Target {
  std::string address = "127.0.0.1";  // IPv4
  std::uint16_t port = 0;
};

// Returns a non-blocking socket that has begun to connect, connect(2). Throws std::system_error, or
// std::invalid_argument if the address is not IPv4.
[[nodiscard]] posix::Descriptor begin_connecting(const Target& target);

}  // namespace yodel::bench
