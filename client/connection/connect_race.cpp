#include "client/connection/connect_race.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

#include "posix/tcp_info.hpp"

namespace yodel::client {
namespace {

using posix::Clock;

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

bool is_running(const ConnectAttempt& attempt) {
  return attempt.error == EINPROGRESS;
}

std::uint32_t retransmits(const ConnectAttempt& attempt) {
  const auto info = posix::tcp_info(attempt.socket.get());
  return info ? info->retransmits : 0;
}

}  // namespace

ConnectAttempt begin_connect(const protocol::SocketAddress& address, const Origin& origin) {
  ConnectAttempt attempt;
  attempt.socket.reset(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  attempt.error = attempt.socket ? connect_internet(attempt.socket.get(), address, origin) : errno;
  return attempt;
}

int connect_result(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

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
    const std::size_t index = attempts_.size();
    const auto& address = addresses_[index];
    if (address.storage.ss_family == AF_UNIX) {
      ConnectAttempt& attempt = attempts_.emplace_back();
      attempt.socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      attempt.error = attempt.socket
                          ? connect_local(attempt.socket.get(), address, deadline_, interrupt_)
                          : errno;
    } else {
      attempts_.push_back(begin_connect(address, origin_));
    }
    attempts_.back().address = index;
    next_start_ = Clock::now() + delay_;
  }
}

bool ConnectRace::may_repeat() const {
  return repeats_ && attempts_.size() == addresses_.size();
}

void ConnectRace::repeat_due() {
  const auto now = Clock::now();
  if (!may_repeat() || now < next_round_ || now >= deadline_) return;
  again_.clear();
  for (const auto& first : attempts_) {
    if (!is_running(first)) continue;
    again_.push_back(begin_connect(addresses_[first.address], origin_));
    again_.back().address = first.address;
  }
  ++rounds_;
  next_round_ = now + repeats_->every;
}

Clock::time_point ConnectRace::next_event() const {
  auto next = deadline_;
  if (attempts_.size() < addresses_.size()) next = std::min(next, next_start_);
  if (may_repeat()) next = std::min(next, next_round_);
  return next;
}

void ConnectRace::wait() {
  std::vector<pollfd> fds;
  for (const auto* attempts : {&attempts_, &again_}) {
    for (const auto& each : *attempts) {
      fds.push_back(
          {.fd = is_running(each) ? each.socket.get() : -1, .events = POLLOUT, .revents = 0});
    }
  }
  fds.push_back({.fd = interrupt_, .events = POLLIN, .revents = 0});
  // poll(2) was interrupted or the kernel is short of memory: the caller tries again.
  if (posix::poll_until(fds, next_event()) < 0) return;
  interrupted_ = fds.back().revents != 0;
  auto polled = fds.begin();
  for (auto* attempts : {&attempts_, &again_}) {
    for (auto& each : *attempts) {
      if (polled->revents != 0) each.error = connect_result(polled->fd);
      ++polled;
    }
  }
}

void ConnectRace::heed_refusals() {
  for (const auto& each : again_) {
    auto& first = attempts_[each.address];
    if (each.error == ECONNREFUSED && is_running(first)) first.error = ECONNREFUSED;
  }
}

bool ConnectRace::is_lost() const {
  const bool running = std::any_of(attempts_.begin(), attempts_.end(), is_running);
  return interrupted_ || Clock::now() >= deadline_ ||
         (!running && attempts_.size() == addresses_.size());
}

ConnectRace::Causes ConnectRace::causes() const {
  Causes causes;
  for (const auto& each : attempts_)
    causes.push_back(is_running(each) ? (interrupted_ ? EINTR : ETIMEDOUT) : each.error);
  return causes;
}

ConnectRace::Winner ConnectRace::winner(ConnectAttempt& attempt) const {
  const ConnectAttempt& first = attempts_[attempt.address];
  // Each repeat sent a SYN of its own, and the kernel repeats only those of the first attempt, 1 s
  // after each other at least: a repeat does not live that long, unless `every` is longer.
  auto again = rounds_ + retransmits(first);
  if (&attempt != &first) again += retransmits(attempt);
  return {
      .socket = std::move(attempt.socket), .address = attempt.address, .syn_retransmits = again};
}

tl::expected<ConnectRace::Winner, ConnectRace::Causes> ConnectRace::run() {
  if (repeats_) next_round_ = Clock::now() + repeats_->after;
  for (;;) {
    start_due();
    repeat_due();
    for (auto* attempts : {&attempts_, &again_}) {
      const auto connected = std::find_if(attempts->begin(), attempts->end(),
                                          [](const auto& each) { return each.error == 0; });
      if (connected != attempts->end()) return winner(*connected);
    }
    heed_refusals();
    if (is_lost()) return tl::make_unexpected(causes());
    wait();
  }
}

}  // namespace yodel::client
