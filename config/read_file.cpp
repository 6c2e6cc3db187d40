#include "config/read_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "posix/descriptor.hpp"
#include "text/size.hpp"

namespace yodel::config {
namespace {

std::string last_error() {
  return "cannot read: " + std::error_code(errno, std::generic_category()).message();
}

std::string_view type_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

tl::expected<std::string, std::string> read_all(int file, std::size_t max_size) {
  std::string text;
  std::array<char, 16384> part{};
  while (text.size() <= max_size) {
    const ssize_t size = ::read(file, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return tl::unexpected(last_error());
    if (size == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return tl::unexpected(fmt::format("is larger than {}", text::print_size(max_size)));
}

}  // namespace

tl::expected<std::string, std::string> read_file(const std::string& path, std::size_t max_size) {
  // Without O_NONBLOCK, open(2) of a pipe blocks until there is a writer, and of some devices until
  // the hardware is ready.
  const posix::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return tl::unexpected(last_error());
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return tl::unexpected(last_error());
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(fmt::format("expected a file, got {}", type_of(status.st_mode)));
  }
  return read_all(file.get(), max_size);
}

bool is_standard_input(const std::string& path) {
  return path == "-" || path == "/dev/stdin";
}

bool is_stream(const std::string& path) {
  struct stat status {};
  return is_standard_input(path) ||
         (::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode));
}

tl::expected<std::string, std::string> read_stream(const std::string& path, std::size_t max_size) {
  if (is_standard_input(path)) return read_all(STDIN_FILENO, max_size);
  const posix::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
  if (!file) return tl::unexpected(last_error());
  return read_all(file.get(), max_size);
}

}  // namespace yodel::config
