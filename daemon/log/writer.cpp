#include "log/writer.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

#include "log/frame.hpp"
#include "log/journal.hpp"
#include "log/line.hpp"

namespace yodel::log {
namespace {

// How long a writer that is stuck outlives a manager that was killed, in seconds.
constexpr unsigned last_words_seconds = 1;

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EAGAIN) {  // somebody has made it non-blocking: this may block
      pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
      (void)::poll(&room, 1, -1);
      continue;
    }
    if (size < 0 && errno != EINTR) return;  // nobody reads it, or the disk is full: it is lost
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Writes all whole frames that `bytes` begin with and returns their size.
std::size_t write_frames(std::string_view bytes, Reader reader, JournalWriter& journal) {
  std::string lines;
  std::size_t done = 0;
  while (const auto frame = decode(bytes.substr(done))) {
    if (frame->target == config::Target::journal) {
      journal.write(frame->fields, frame->time_usec);
    } else {
      append_line(lines, *frame, reader);
    }
    done += frame->size;
  }
  write_all(STDERR_FILENO, lines);
  return done;
}

// A writer that is stuck must not outlive a manager that was killed; one that is not ends by
// itself.
void end_with_the_manager() {
  struct sigaction action {};
  action.sa_handler = [](int /*signal*/) { ::alarm(last_words_seconds); };
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
}

}  // namespace

void run_writer(int fd, posix::ProcessTitle title) noexcept {
  ::prctl(PR_SET_NAME, "yodeld-log");
  title.set({"yodeld: log"});
  end_with_the_manager();
  const Reader reader = reader_of_stderr();
  JournalWriter journal;
  std::string bytes;
  std::vector<char> buffer(std::size_t{256} << 10);
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size == 0 || (size < 0 && errno != EINTR)) {
      journal.finish();
      ::_exit(0);
    }
    if (size < 0) continue;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    bytes.erase(0, write_frames(bytes, reader, journal));
  }
}

}  // namespace yodel::log
