// Descriptors that a test makes or compares.
#pragma once

#include <string>

#include "posix/descriptor.hpp"

namespace yodel::tests {

struct Pipe {
  posix::Descriptor reader;
  posix::Descriptor writer;
};

// Makes a pipe that no program inherits, pipe2(2). Throws std::system_error.
[[nodiscard]] Pipe make_pipe();

// Reads until nobody has the other end, or an error.
[[nodiscard]] std::string read_to_end(int fd);

// Returns whether both name the same file. Throws std::system_error.
[[nodiscard]] bool same_file(int a, int b);

}  // namespace yodel::tests
