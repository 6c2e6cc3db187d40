#include "client/bench/conversation.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace yodel::client::bench {
namespace {

using posix::Clock;

RequestError kind_of(int error) {
  switch (error) {
    case ECONNREFUSED: return RequestError::refused;
    case ETIMEDOUT: return RequestError::timed_out;
    case ECONNRESET:
    case EPIPE: return RequestError::reset;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return RequestError::no_resources;
    default: return RequestError::unreachable;
  }
}

}  // namespace

Conversation::Step Conversation::fail(RequestError error) noexcept {
  close();
  error_ = error;
  return Step::failed;
}

Conversation::Step Conversation::fail_with(int error) noexcept {
  return fail(kind_of(error));
}

void Conversation::close() noexcept {
  socket_.reset();
  state_ = State::closed;
}

Conversation::Step Conversation::connect(int epoll, std::uint64_t key, std::size_t source,
                                         Tally& tally) {
  epoll_ = epoll;
  key_ = key;
  source_ = source;
  peer_ended_ = false;
  silent_ = true;
  reader_ = ReplyReader(plan_.service);
  asked_on_connection_ = 0;
  began_ = Clock::now();
  deadline_ = began_ + plan_.connect_timeout;
  return begin_connect(tally);
}

Conversation::Step Conversation::begin_connect(Tally& tally) {
  const int family = plan_.address.storage.ss_family;
  socket_.reset(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) return fail_with(errno);
  state_ = State::connecting;
  const int on = 1;
  if (family != AF_UNIX) {
    static_cast<void>(::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  }
  if (!plan_.sources.empty()) {
    const auto& from = plan_.sources[source_ % plan_.sources.size()];
    // ip(7): the port is chosen by connect(2), which knows the other end.
    static_cast<void>(
        ::setsockopt(socket_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on));
    if (::bind(socket_.get(), from.get(), from.size) != 0) return fail_with(errno);
  }
  const int result = ::connect(socket_.get(), plan_.address.get(), plan_.address.size);
  if (result != 0 && errno == EAGAIN && family == AF_UNIX) {
    socket_.reset();
    return Step::waiting;
  }
  if (result != 0 && errno != EINPROGRESS && errno != EINTR) return fail_with(errno);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = key_}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_.get(), &event) != 0) return fail_with(errno);
  return result == 0 ? connected_now(tally) : Step::waiting;
}

Conversation::Step Conversation::try_again(Tally& tally) {
  return state_ == State::connecting && !socket_ ? begin_connect(tally) : Step::waiting;
}

Conversation::Step Conversation::connected_now(Tally& tally) {
  connected_ = Clock::now();
  ++tally.connections;
  if (!plan_.service.welcome) {
    state_ = State::idle;
    return Step::ready;
  }
  state_ = State::welcomed;
  deadline_ = connected_ + plan_.timeout;
  return Step::waiting;
}

Conversation::Step Conversation::take(std::uint32_t events, Tally& tally) {
  if (state_ == State::closed || !socket_) return Step::waiting;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_ended_ = true;
  if (state_ == State::connecting) {
    if ((events & EPOLLERR) != 0) {
      int error = 0;
      socklen_t size = sizeof error;
      static_cast<void>(::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size));
      if (error != 0) return fail_with(error);
    }
    if ((events & EPOLLOUT) == 0) return Step::waiting;
    const Step step = connected_now(tally);
    if (step != Step::waiting || (events & EPOLLIN) == 0) return step;
  }
  if ((events & EPOLLOUT) != 0 && !rest_.empty() && !send_rest(tally)) return Step::failed;
  return (events & EPOLLIN) != 0 || peer_ended_ ? read(tally) : Step::waiting;
}

Conversation::Step Conversation::read(Tally& tally) {
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), room_.data(), room_.size(), 0);
    if (size == 0) return at_end();
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return Step::waiting;
      // Every reply has come: a server that resets now takes nothing from us.
      return state_ == State::leaving && errno == ECONNRESET ? at_end() : fail_with(errno);
    }
    const auto count = static_cast<std::size_t>(size);
    tally.bytes_received += count;
    const Step step = took({room_.data(), count});
    // Less than there was room for is all there was: epoll(7), on edges. The end of file is told
    // by an event of its own, which may have come already.
    if (step != Step::waiting || (count < room_.size() && !peer_ended_)) return step;
  }
}

Conversation::Step Conversation::give_up() {
  return fail(is_fault(reader_.finish(false)) ? RequestError::wrong_reply
                                              : RequestError::timed_out);
}

Conversation::Step Conversation::at_end() {
  const auto reading = reader_.finish(true);
  if (state_ == State::asking && reading == Reading::reply) {
    state_ = State::idle;
    return Step::replied;
  }
  if (state_ != State::leaving) {
    return fail(is_fault(reading) ? RequestError::wrong_reply : RequestError::closed);
  }
  close();
  return Step::ended;
}

Conversation::Step Conversation::took(std::string_view bytes) {
  if (std::exchange(silent_, false)) first_byte_ = Clock::now();
  switch (reader_.read(bytes)) {
    case Reading::incomplete:
      if (state_ == State::asking) {
        deadline_ = reader_.wait_until(asked_ + plan_.timeout, Clock::now());
      }
      return Step::waiting;
    case Reading::wrong:
    case Reading::too_much: return fail(RequestError::wrong_reply);
    case Reading::welcome:
      if (state_ != State::welcomed) return Step::waiting;
      state_ = State::idle;
      return Step::ready;
    case Reading::reply:
      if (state_ == State::leaving) {
        // A server that does not know the farewell is told by the end of file.
        static_cast<void>(::shutdown(socket_.get(), SHUT_WR));
        return Step::waiting;
      }
      state_ = State::idle;
      return Step::replied;
  }
  return Step::waiting;
}

Conversation::Step Conversation::ask(std::uint64_t number, Tally& tally) {
  if (request_.empty()) {
    request_ = script_.request();
    reply_ = script_.reply();
  }
  ++asked_on_connection_;
  script_.number(number, request_, reply_);
  reader_.expect(reply_);
  rest_ = request_;
  state_ = State::asking;
  asked_ = Clock::now();
  deadline_ = asked_ + plan_.timeout;
  if (!send_rest(tally)) return Step::failed;
  return peer_ended_ ? read(tally) : Step::waiting;
}

Conversation::Step Conversation::leave(Tally& tally) {
  state_ = State::leaving;
  deadline_ = Clock::now() + plan_.timeout;
  if (!script_.farewell().empty()) reader_.expect(script_.farewell_reply());
  rest_ = script_.farewell();
  // Every reply has come: a server that has closed already takes nothing from us.
  if (!send_rest(tally)) return Step::ended;
  if (script_.farewell().empty()) static_cast<void>(::shutdown(socket_.get(), SHUT_WR));
  return peer_ended_ ? read(tally) : Step::waiting;
}

bool Conversation::send_rest(Tally& tally) {
  while (!rest_.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest_.data(), rest_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      tally.bytes_sent += static_cast<std::uint64_t>(sent);
      rest_.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != EINTR) {
      // A server that has closed in the middle: what it said before is not worth the reading.
      fail_with(errno);
      return false;
    }
  }
  return true;
}

}  // namespace yodel::client::bench
