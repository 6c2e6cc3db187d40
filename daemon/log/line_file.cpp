#include "log/line_file.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

namespace yodel::log {
namespace {

// Returns the part of `text` that was written before the first error: ENOSPC, EDQUOT, EFBIG, EIO or
// EPIPE. That part stays in the file.
std::string_view write_all(int fd, std::string_view text) noexcept {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t size = ::write(fd, text.data() + done, text.size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {
      // Another process has made the open file non-blocking. This writer may block.
      pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
      (void)::poll(&room, 1, -1);
      continue;
    }
    if (size <= 0) break;
    done += static_cast<std::size_t>(size);
  }
  return text.substr(0, done);
}

}  // namespace

std::size_t LineFile::write(std::string_view lines) noexcept {
  if (is_cut_ && write_all(fd_, "\n").empty()) return 0;
  const auto written = write_all(fd_, lines);
  is_cut_ = !written.empty() && written.back() != '\n';
  return static_cast<std::size_t>(std::count(written.begin(), written.end(), '\n'));
}

}  // namespace yodel::log
