#include "client/connection/connect_race.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace yodel::client {
namespace {

using posix::Clock;

// Returns how the connect(2) of a socket that poll(2) reported as ready has ended: an errno(3), 0
// if it is connected.
int outcome(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

bool is_readable(int descriptor) {
  std::array<pollfd, 1> fds{{{.fd = descriptor, .events = POLLIN, .revents = 0}}};
  return posix::poll_until(fds, Clock::now()) > 0;
}

// A connect(2) that cannot be polled returns this often, to look for an interrupt.
constexpr auto blocking_time = std::chrono::milliseconds(100);

// Connects, waiting until `deadline` at most. Returns an errno(3), EAGAIN at the deadline; 0 if
// connected.
int connect_blocking(int socket, const protocol::SocketAddress& address,
                     Clock::time_point deadline) {
  using std::chrono::microseconds;
  const auto left =
      std::max(std::chrono::duration_cast<microseconds>(deadline - Clock::now()), microseconds(1));
  const timeval limit{.tv_sec = left.count() / 1'000'000, .tv_usec = left.count() % 1'000'000};
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) return errno;
  int result = 0;
  do {
    result = ::connect(socket, address.get(), address.size);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

// A Unix socket whose backlog is full refuses a non-blocking connect with EAGAIN and leaves nothing
// to poll for, unix(7). A blocking connect waits for room, for as long as SO_SNDTIMEO allows.
int connect_local(int socket, const protocol::SocketAddress& address, Clock::time_point deadline,
                  int interrupt) {
  for (;;) {
    const auto until = interrupt < 0 ? deadline : std::min(deadline, Clock::now() + blocking_time);
    const int error = connect_blocking(socket, address, until);
    if (error == 0) posix::set_nonblocking(socket);
    if (error != EAGAIN) return error;
    if (is_readable(interrupt)) return EINTR;
    if (Clock::now() >= deadline) return ETIMEDOUT;
  }
}

// Begins to connect. Returns an errno(3), EINPROGRESS while it is still connecting; 0 if connected.
int connect_internet(int socket, const protocol::SocketAddress& address, const Origin& origin) {
  const int on = 1;
  static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  if (const int error = bind_to(socket, origin); error != 0) return error;
  if (::connect(socket, address.get(), address.size) == 0) return 0;
  // An interrupted connect(2) continues in the background.
  return errno == EINTR ? EINPROGRESS : errno;
}

}  // namespace

Addresses interleave_families(const Addresses& addresses) {
  Addresses first;
  Addresses other;
  for (const auto& each : addresses) {
    const bool same = each.storage.ss_family == addresses.front().storage.ss_family;
    (same ? first : other).push_back(each);
  }
  Addresses result;
  for (std::size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
    if (i < first.size()) result.push_back(first[i]);
    if (i < other.size()) result.push_back(other[i]);
  }
  return result;
}

bool ConnectRace::next_is_due() const {
  if (attempts_.empty()) return true;
  if (attempts_.size() == addresses_.size() || attempts_.back().error == 0) return false;
  const auto now = Clock::now();
  const bool failed = attempts_.back().error != EINPROGRESS;
  return (failed || now >= next_start_) && now < deadline_;
}

void ConnectRace::start_due() {
  while (next_is_due()) {
    const auto& address = addresses_[attempts_.size()];
    const int family = address.storage.ss_family;
    const bool local = family == AF_UNIX;
    Attempt& attempt = attempts_.emplace_back();
    attempt.socket.reset(
        ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | (local ? 0 : SOCK_NONBLOCK), 0));
    if (!attempt.socket) {
      attempt.error = errno;
    } else if (local) {
      attempt.error = connect_local(attempt.socket.get(), address, deadline_, interrupt_);
    } else {
      attempt.error = connect_internet(attempt.socket.get(), address, origin_);
    }
    next_start_ = Clock::now() + delay_;
  }
}

void ConnectRace::wait() {
  std::vector<pollfd> fds;
  for (const auto& each : attempts_) {
    const int fd = each.error == EINPROGRESS ? each.socket.get() : -1;
    fds.push_back({.fd = fd, .events = POLLOUT, .revents = 0});
  }
  fds.push_back({.fd = interrupt_, .events = POLLIN, .revents = 0});
  const bool more = attempts_.size() < addresses_.size();
  // poll(2) was interrupted or the kernel is short of memory: the caller tries again.
  if (posix::poll_until(fds, more ? std::min(deadline_, next_start_) : deadline_) < 0) return;
  interrupted_ = fds.back().revents != 0;
  for (std::size_t i = 0; i < attempts_.size(); ++i) {
    if (fds[i].revents != 0) attempts_[i].error = outcome(fds[i].fd);
  }
}

bool ConnectRace::is_lost() const {
  const bool running = std::any_of(attempts_.begin(), attempts_.end(),
                                   [](const auto& each) { return each.error == EINPROGRESS; });
  return interrupted_ || Clock::now() >= deadline_ ||
         (!running && attempts_.size() == addresses_.size());
}

ConnectRace::Causes ConnectRace::causes() const {
  Causes causes;
  for (const auto& each : attempts_)
    causes.push_back(each.error == EINPROGRESS ? (interrupted_ ? EINTR : ETIMEDOUT) : each.error);
  return causes;
}

tl::expected<ConnectRace::Winner, ConnectRace::Causes> ConnectRace::run() {
  for (;;) {
    start_due();
    const auto winner = std::find_if(attempts_.begin(), attempts_.end(),
                                     [](const auto& each) { return each.error == 0; });
    if (winner != attempts_.end()) {
      return Winner{.socket = std::move(winner->socket),
                    .address = static_cast<std::size_t>(winner - attempts_.begin())};
    }
    if (is_lost()) return tl::make_unexpected(causes());
    wait();
  }
}

}  // namespace yodel::client
