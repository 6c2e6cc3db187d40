#include "tests/integration/descriptors.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace yodel::tests {

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  return {posix::Descriptor(ends[0]), posix::Descriptor(ends[1])};
}

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t size = 0; (size = ::read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  return text;
}

bool same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  if (::fstat(a, &first) < 0 || ::fstat(b, &second) < 0) {
    throw std::system_error(errno, std::generic_category(), "fstat");
  }
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace yodel::tests
