#include "manager/systemd/notifier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "posix/message.hpp"

namespace yodel::manager {
namespace {

// Returns the address in NOTIFY_SOCKET: a path, or '@' and the name of an abstract socket, unix(7).
// For null or any other kind of address, such as "vsock:", the size of the address is 0.
protocol::SocketAddress address_of(const char* name) {
  protocol::SocketAddress address;
  address.size = 0;
  sockaddr_un un{};
  const std::string_view text = name == nullptr ? "" : name;
  if (text.size() < 2 || text.size() >= sizeof un.sun_path || (text[0] != '/' && text[0] != '@')) {
    return address;
  }
  un.sun_family = AF_UNIX;
  text.copy(un.sun_path, text.size());
  if (text[0] == '@') un.sun_path[0] = '\0';
  std::memcpy(&address.storage, &un, sizeof un);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
  return address;
}

// Returns the positive number in an environment variable, or std::nullopt if there is none.
std::optional<std::int64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), number);
  if (error != std::errc() || *end != '\0' || number <= 0) return std::nullopt;
  return number;
}

// Returns whether the watchdog is meant for this process. The variables may have been inherited
// from another process.
bool watches_us() {
  return std::getenv("WATCHDOG_PID") == nullptr || number_in("WATCHDOG_PID") == ::getpid();
}

}  // namespace

Notifier::Notifier() : address_(address_of(std::getenv("NOTIFY_SOCKET"))) {
  if (address_.size == 0) return;
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_) throw std::system_error(errno, std::generic_category(), "socket");
  const auto watchdog = number_in("WATCHDOG_USEC");
  if (watchdog && watches_us()) watchdog_ = std::chrono::microseconds(*watchdog);
  has_store_ = number_in("FDSTORE").has_value();
}

void Notifier::ready() {
  send({"READY=1"});
}

void Notifier::reloading() {
  // systemd expects CLOCK_MONOTONIC, which posix::Clock reads, in microseconds.
  const auto now = posix::Clock::now().time_since_epoch();
  send({fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                    std::chrono::duration_cast<std::chrono::microseconds>(now).count())});
}

void Notifier::stopping(std::chrono::microseconds time) {
  send({fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", time.count())});
}

void Notifier::starting(std::chrono::microseconds time) {
  send({fmt::format("EXTEND_TIMEOUT_USEC={}", time.count())});
}

void Notifier::status(std::string_view text) {
  if (!socket_) return;
  status_waiting_ = State{fmt::format("STATUS={}", text)};
  flush();
}

void Notifier::alive() {
  if (!socket_) return;
  alive_waiting_ = true;
  flush();
}

void Notifier::store(const std::string& name, int fd) {
  if (!has_store_) return;
  posix::Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (copy) send({fmt::format("FDSTORE=1\nFDNAME={}", name), std::move(copy)});
}

void Notifier::forget(const std::string& name) {
  if (has_store_) send({fmt::format("FDSTOREREMOVE=1\nFDNAME={}", name)});
}

void Notifier::settle(std::chrono::milliseconds time) {
  if (!socket_) return;
  const auto deadline = posix::Clock::now() + time;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return;
  const posix::Descriptor mine(ends[0]);
  send({"BARRIER=1", posix::Descriptor(ends[1])});
  // The write end of the pipe is closed here once it is sent, and by systemd once it is processed.
  while (!waiting_.empty() && posix::Clock::now() < deadline) {
    posix::poll_until({}, std::min(deadline, next_attempt_));
    flush();
  }
  pollfd fd{.fd = mine.get(), .events = POLLIN, .revents = 0};
  posix::poll_until({&fd, 1}, deadline);
}

void Notifier::send(State state) {
  if (!socket_) return;
  if (waiting_.size() == max_waiting) waiting_.pop_front();
  waiting_.push_back(std::move(state));
  flush();
}

bool Notifier::try_to_send(const State& state) const noexcept {
  const ssize_t sent = posix::send_with_descriptor(socket_.get(), address_.get(), address_.size,
                                                   state.text, state.fd.get());
  // Any other error would recur, since nobody listens there any more.
  return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

void Notifier::flush() {
  if (!socket_) return;
  next_attempt_ = posix::Clock::now() + retry_interval;
  while (!waiting_.empty()) {
    if (!try_to_send(waiting_.front())) return;
    waiting_.pop_front();
  }
  if (alive_waiting_ && try_to_send({"WATCHDOG=1"})) alive_waiting_ = false;
  if (status_waiting_ && try_to_send(*status_waiting_)) status_waiting_.reset();
}

posix::Deadline Notifier::next_attempt() const noexcept {
  if (waiting_.empty() && !status_waiting_ && !alive_waiting_) return std::nullopt;
  return next_attempt_;
}

}  // namespace yodel::manager
