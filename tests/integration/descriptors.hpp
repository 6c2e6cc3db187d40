// Helpers that create or compare descriptors.
#pragma once

#include <string>

#include "posix/descriptor.hpp"

namespace yodel::tests {

struct Pipe {
  posix::Descriptor reader;
  posix::Descriptor writer;
};

// Returns a pipe that no program inherits, pipe2(2). Throws std::system_error.
[[nodiscard]] Pipe make_pipe();

// Reads and returns everything up to the end of file or an error.
[[nodiscard]] std::string read_to_end(int fd);

// Returns whether both descriptors refer to the same file. Throws std::system_error.
[[nodiscard]] bool same_file(int a, int b);

}  // namespace yodel::tests
