#include "client/ping/path_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace yodel::client::ping {

using posix::Clock;
using namespace std::chrono_literals;

std::chrono::nanoseconds retry_interval(const Target& target, std::chrono::nanoseconds rtt) {
  // Linux repeats nothing sooner than after 200 ms. A connect takes one round trip, so one that is
  // replaced sooner would never succeed.
  return std::max<std::chrono::nanoseconds>({target.interval, 200ms, 2 * rtt});
}

std::chrono::nanoseconds PathWatch::patience(std::chrono::nanoseconds rtt) const {
  // The kernel repeats a lost segment after 200 ms and a round trip, or sooner: the first
  // repetition usually mends it.
  return std::max<std::chrono::nanoseconds>(target_.interval, 250ms + 2 * rtt);
}

void PathWatch::check(const Connection& connection, posix::Deadline since,
                      std::chrono::nanoseconds rtt) {
  const auto now = Clock::now();
  if (since != oldest_) {
    // Something was acknowledged, so the next request is not overdue yet, however long it has been
    // waiting behind others.
    const bool progress = oldest_.has_value();
    if (side_ || proven_) outages_.path_answers(Moment::now());
    reset();
    oldest_ = since;
    since_ = since && progress ? posix::Deadline(std::max(*since, now)) : since;
  }
  if (!since_ || proven_) return;
  if (now < *since_ + patience(rtt)) {
    due_ = *since_ + patience(rtt);
    return;
  }
  if (!side_ || (now >= *due_ && !is_answered())) {
    if (side_) outages_.path_is_silent(*since_, Moment::now());
    side_ = begin_connect(connection.address(), target_.origin);
    due_ = now + retry_interval(target_, rtt);
  }
  if (!is_answered()) return;
  outages_.path_answers(Moment::now());
  proven_ = true;
  due_.reset();
  leave();
}

int PathWatch::descriptor() const noexcept {
  return side_ && side_->error == EINPROGRESS ? side_->socket.get() : -1;
}

bool PathWatch::is_answered() {
  if (side_->error == EINPROGRESS) {
    std::array<pollfd, 1> fds{{{.fd = side_->socket.get(), .events = POLLOUT, .revents = 0}}};
    if (posix::poll_until(fds, Clock::now()) > 0) {
      side_->error = connect_result(side_->socket.get());
    }
  }
  // A refusal has come back over the path, too.
  return side_->error == 0 || side_->error == ECONNREFUSED || side_->error == ECONNRESET;
}

void PathWatch::reset() {
  if (side_ && is_answered()) leave();
  oldest_.reset();
  since_.reset();
  due_.reset();
  side_.reset();
  proven_ = false;
}

void PathWatch::leave() {
  if (left_) {
    std::array<char, 4096> buffer{};
    while (::recv(left_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
    }
  }
  left_.reset();
  if (side_ && side_->error != 0) side_.reset();
  if (!side_) return;
  // Closing before the server's welcome has come would reset the connection, which is an error in
  // its log. So the socket is closed with the next one, or at the end.
  ::shutdown(side_->socket.get(), SHUT_WR);
  left_ = std::move(side_->socket);
  side_.reset();
}

}  // namespace yodel::client::ping
