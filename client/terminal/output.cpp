#include "client/terminal/output.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

#include "posix/poll.hpp"

namespace yodel::client {

Result<void> write_whole(int fd, std::string_view name, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // The process that started this one has made the open file non-blocking.
      std::array<pollfd, 1> out{{{.fd = fd, .events = POLLOUT, .revents = 0}}};
      static_cast<void>(posix::poll_until(out, std::nullopt));
    } else if (errno != EINTR) {
      return failure(ExitStatus::output, std::string(name) + ": " + std::strerror(errno));
    }
  }
  return {};
}

Result<void> print(std::string_view text) {
  return write_whole(STDOUT_FILENO, "standard output", text);
}

void print_note(std::string_view text) noexcept {
  // Tries only once: if standard error takes nothing now, the note is not worth waiting for.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace yodel::client
