#include "client/echo/echo.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "client/connection/peer_failure.hpp"
#include "client/echo/checker.hpp"
#include "client/echo/made_input.hpp"
#include "client/echo/window.hpp"
#include "client/terminal/interrupts.hpp"
#include "client/terminal/output.hpp"
#include "client/terminal/progress_line.hpp"
#include "posix/poll.hpp"
#include "text/counted.hpp"
#include "text/duration.hpp"

namespace yodel::client::echo {
namespace {

using posix::Clock;

constexpr std::size_t window_size = 1048576;
// The most that one system call receives, or writes to a regular file.
constexpr std::size_t block_size = 262144;

bool is_transient(int error) {
  return error == EAGAIN || error == EINTR;
}

// Returns the most that one system call writes to standard output. Other processes may share the
// open file, so it is not made non-blocking. But a pipe that poll(2) reports as ready takes
// PIPE_BUF bytes without waiting for its reader, and such a wait would hold up the server as well.
std::size_t write_size() {
  struct stat file {};
  const bool regular = ::fstat(STDOUT_FILENO, &file) == 0 && S_ISREG(file.st_mode);
  return regular ? block_size : PIPE_BUF;
}

class Echo {
 public:
  // Borrows `connection`.
  Echo(Connection& connection, const EchoOptions& options)
      : connection_(connection),
        options_(options),
        progress_(options.progress),
        window_(window_size),
        received_(block_size) {
    if (!options.makes_bytes()) return;
    made_input_.emplace(options.size, options.duration ? posix::Deadline(start_ + *options.duration)
                                                       : std::nullopt);
  }

  Result<EchoSummary> run();

 private:
  // Returns whether the server must act: read bytes, send them back, or end its side.
  [[nodiscard]] bool something_is_due() const {
    return !server_ended_ && (finished_ || window_.returned() < window_.read());
  }
  [[nodiscard]] EchoSummary so_far() const {
    return {.bytes = window_.returned(), .time = Clock::now() - start_, .signal = signal_};
  }

  // Waits until something can be done, and does it with the functions below.
  Result<void> step();
  Result<void> write_output();
  Result<void> receive();
  void send();
  Result<void> read_input();

  // Return failures that name the server.
  [[nodiscard]] tl::unexpected<Failure> timed_out() const;
  [[nodiscard]] tl::unexpected<Failure> cut_short(int error) const;
  [[nodiscard]] tl::unexpected<Failure> wrong() const;
  // Returns "5 of 12 bytes": those that have come back of those that were sent.
  [[nodiscard]] std::string share() const;

  Connection& connection_;
  EchoOptions options_;
  ProgressLine progress_;
  Window window_;
  Checker checker_{window_};
  std::vector<char> received_;
  std::size_t write_size_ = write_size();
  Clock::time_point start_ = Clock::now();
  posix::Deadline deadline_;  // std::nullopt if nothing is due
  std::optional<MadeInput> made_input_;
  Interrupts interrupts_;
  int signal_ = 0;
  int send_error_ = 0;  // the server reads no more; what it has sent may say why
  bool input_ended_ = false;
  bool finished_ = false;      // our side of the connection has ended
  bool server_ended_ = false;  // and the server's
};

std::string Echo::share() const {
  return fmt::format("{} of {}", window_.returned(), text::counted(window_.sent(), "byte"));
}

tl::unexpected<Failure> Echo::timed_out() const {
  std::string what = "the server to close the connection";
  if (window_.returned() < window_.read()) what = "the echo; " + share() + " had come back";
  return tl::make_unexpected(client::timed_out(connection_.peer(), options_.timeout, what));
}

tl::unexpected<Failure> Echo::cut_short(int error) const {
  // If no bytes are missing, only the end came too early.
  const bool early = window_.returned() == window_.read() && !finished_;
  return tl::make_unexpected(
      ended(connection_.peer(), error,
            fmt::format("{}after {} had come back", early ? "before the end of the input, " : "",
                        share())));
}

tl::unexpected<Failure> Echo::wrong() const {
  return tl::make_unexpected(
      peer_failure(ExitStatus::wrong_answer, connection_.peer(), checker_.complaint()));
}

Result<void> Echo::write_output() {
  bool ready = true;
  while (ready && !window_.unwritten().empty()) {
    const auto text = window_.unwritten().substr(0, write_size_);
    const ssize_t size = ::write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0 && is_transient(errno)) break;
    if (size < 0) {
      return failure(ExitStatus::output, std::string("standard output: ") + std::strerror(errno));
    }
    window_.mark_written(static_cast<std::size_t>(size));
    std::array<pollfd, 1> fds{{{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0}}};
    ready = posix::poll_until(fds, Clock::time_point()) > 0;
  }
  return {};
}

Result<void> Echo::receive() {
  const ssize_t size = ::recv(connection_.descriptor(), received_.data(), received_.size(), 0);
  if (size < 0 && is_transient(errno)) return {};
  if (size < 0) return cut_short(errno);
  if (size == 0) {
    server_ended_ = true;
    if (!checker_.finish()) return wrong();
    const bool whole = finished_ && window_.returned() == window_.read();
    // send(2) has reported the reset, so recv(2) no longer does.
    const int error = send_error_ == EPIPE ? 0 : send_error_;
    return whole ? Result<void>() : cut_short(error);
  }
  const std::string_view came(received_.data(), static_cast<std::size_t>(size));
  const bool right = checker_.check(came);
  // Generated bytes are not written anywhere.
  if (made_input_) window_.mark_written(window_.returned() - window_.written());
  if (!right) return wrong();
  deadline_.reset();
  if (progress_.is_due()) progress_.show(to_string(so_far()));
  return {};
}

void Echo::send() {
  const auto text = window_.unsent();
  const ssize_t size = ::send(connection_.descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
  if (size >= 0) {
    window_.mark_sent(static_cast<std::size_t>(size));
  } else if (!is_transient(errno)) {
    send_error_ = errno;
  }
}

Result<void> Echo::read_input() {
  const auto room = window_.room();
  const ssize_t size = ::read(STDIN_FILENO, room.data(), room.size());
  if (size > 0) window_.mark_read(static_cast<std::size_t>(size));
  if (size == 0) input_ended_ = true;
  if (size < 0 && !is_transient(errno)) {
    return failure(ExitStatus::usage, std::string("standard input: ") + std::strerror(errno));
  }
  return {};
}

Result<void> Echo::step() {
  if (made_input_ && !input_ended_) input_ended_ = made_input_->fill(window_);
  const bool reading = !made_input_ && !input_ended_ && !window_.room().empty();
  const bool sending = send_error_ == 0 && !window_.unsent().empty();
  const bool writing = !window_.unwritten().empty();
  std::array<pollfd, 4> fds{{
      {.fd = reading ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
      {.fd = server_ended_ ? -1 : connection_.descriptor(),
       .events = static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN),
       .revents = 0},
      {.fd = writing ? STDOUT_FILENO : -1, .events = POLLOUT, .revents = 0},
      {.fd = interrupts_.descriptor(), .events = POLLIN, .revents = 0},
  }};
  const int ready = posix::poll_until(fds, deadline_);
  if (ready == 0) return timed_out();
  if (ready < 0) return {};
  if (fds[3].revents != 0) signal_ = interrupts_.signal();
  // Writing and receiving make room before more is read.
  Result<void> done;
  if (fds[2].revents != 0) done = write_output();
  if (done && (fds[1].revents & ~POLLOUT) != 0) done = receive();
  if (done && sending && (fds[1].revents & POLLOUT) != 0) send();
  if (done && fds[0].revents != 0) done = read_input();
  return done;
}

Result<EchoSummary> Echo::run() {
  Result<void> done;
  while (done && signal_ == 0 && (!server_ended_ || !window_.unwritten().empty())) {
    if (input_ended_ && !finished_ && window_.unsent().empty()) {
      connection_.finish_sending();
      finished_ = true;
    }
    if (!something_is_due()) deadline_.reset();
    if (something_is_due() && !deadline_) deadline_ = Clock::now() + options_.timeout;
    done = step();
  }
  if (done) return so_far();
  // Bytes that came before the failure are still written. If that fails, the first failure is
  // reported.
  while (done.error().status != ExitStatus::output && !window_.unwritten().empty() &&
         print(window_.unwritten())) {
    window_.mark_written(window_.unwritten().size());
  }
  return tl::make_unexpected(done.error());
}

}  // namespace

Result<EchoSummary> echo(Connection& connection, const EchoOptions& options) {
  return Echo(connection, options).run();
}

}  // namespace yodel::client::echo
