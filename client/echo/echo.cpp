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
// What is received, or written to a file, in one system call at the most.
constexpr std::size_t block_size = 262144;

bool is_passing(int error) {
  return error == EAGAIN || error == EINTR;
}

// What is written to standard output in one system call, at the most. The open file may be others'
// too, so it is not made non-blocking; but a pipe that poll(2) finds ready takes PIPE_BUF bytes
// without a wait for its reader, which would be one for the server as well.
std::size_t write_size() {
  struct stat file {};
  const bool regular = ::fstat(STDOUT_FILENO, &file) == 0 && S_ISREG(file.st_mode);
  return regular ? block_size : PIPE_BUF;
}

class Echo {
 public:
  // `connection` is lent.
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
  // Whether the server owes something: bytes, to take bytes, or the end of file.
  [[nodiscard]] bool something_is_due() const {
    return !server_ended_ && (finished_ || window_.come_back() < window_.read());
  }
  [[nodiscard]] EchoSummary so_far() const {
    return {.bytes = window_.come_back(), .time = Clock::now() - start_, .signal = signal_};
  }

  // Waits until something can be done, and does it. Each of those after it does one thing.
  Result<void> step();
  Result<void> write_output();
  Result<void> receive();
  void send();
  Result<void> read_input();

  // Failures that name the server.
  [[nodiscard]] tl::unexpected<Failure> timed_out() const;
  [[nodiscard]] tl::unexpected<Failure> cut_short(int error) const;
  [[nodiscard]] tl::unexpected<Failure> wrong() const;
  // "5 of 12 bytes", those that have come back of those that were sent.
  [[nodiscard]] std::string share() const;

  Connection& connection_;
  EchoOptions options_;
  ProgressLine progress_;
  Window window_;
  Checker checker_{window_};
  std::vector<char> received_;
  std::size_t write_size_ = write_size();
  Clock::time_point start_ = Clock::now();
  posix::Deadline deadline_;  // nullopt: nothing is due
  std::optional<MadeInput> made_input_;
  Interrupts interrupts_;
  int signal_ = 0;
  int send_error_ = 0;  // the server takes no more; what it has sent may say why
  bool input_ended_ = false;
  bool finished_ = false;      // our side of the connection has ended
  bool server_ended_ = false;  // and the server's
};

std::string Echo::share() const {
  return fmt::format("{} of {}", window_.come_back(), text::counted(window_.sent(), "byte"));
}

tl::unexpected<Failure> Echo::timed_out() const {
  std::string what = "the server to close the connection";
  if (window_.come_back() < window_.read()) what = "the echo; " + share() + " had come back";
  return tl::make_unexpected(client::timed_out(connection_.peer(), options_.timeout, what));
}

tl::unexpected<Failure> Echo::cut_short(int error) const {
  // Where nothing is missing, it is the end that came too early.
  const bool early = window_.come_back() == window_.read() && !finished_;
  return tl::make_unexpected(
      ended(connection_.peer(), error,
            fmt::format("{}when {} had come back", early ? "before the end of the input, " : "",
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
    if (size < 0 && is_passing(errno)) break;
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
  if (size < 0 && is_passing(errno)) return {};
  if (size < 0) return cut_short(errno);
  if (size == 0) {
    server_ended_ = true;
    if (!checker_.finish()) return wrong();
    const bool whole = finished_ && window_.come_back() == window_.read();
    // send(2) has told of a reset, so recv(2) does not any more.
    const int error = send_error_ == EPIPE ? 0 : send_error_;
    return whole ? Result<void>() : cut_short(error);
  }
  const std::string_view came(received_.data(), static_cast<std::size_t>(size));
  const bool right = checker_.check(came);
  // Bytes of our own making go nowhere.
  if (made_input_) window_.mark_written(window_.come_back() - window_.written());
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
  } else if (!is_passing(errno)) {
    send_error_ = errno;
  }
}

Result<void> Echo::read_input() {
  const auto room = window_.room();
  const ssize_t size = ::read(STDIN_FILENO, room.data(), room.size());
  if (size > 0) window_.mark_read(static_cast<std::size_t>(size));
  if (size == 0) input_ended_ = true;
  if (size < 0 && !is_passing(errno)) {
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
  // What is on its way makes room before more is read.
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
  // The failure is what there is to say, also where these cannot be written.
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
