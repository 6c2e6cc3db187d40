#include "client/bench/conversation.hpp"

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "client/connection/peer_failure.hpp"

namespace yodel::client::bench {

using posix::Clock;

Conversation::Step Conversation::fail(RequestError error, std::string cause) {
  close();
  error_ = error;
  cause_ = std::move(cause);
  return Step::failed;
}

Conversation::Step Conversation::fail_with(int error) {
  return fail(request_error_of(error), lower_case_cause(std::strerror(error)));
}

Conversation::Step Conversation::end() {
  close();
  return Step::ended;
}

Conversation::Step Conversation::wrong() {
  // The server may close an idle connection for any reason.
  if (nothing_is_under_way() && reader_->server_error()) return end();
  return fail(RequestError::wrong_reply, reader_->complaint());
}

std::string Conversation::awaited() const {
  switch (state_) {
    case State::awaiting_welcome: return "the welcome";
    case State::awaiting_reply: return "the reply" + reader_->so_far();
    case State::leaving: return "the server to close the connection";
    case State::closed:
    case State::connecting:
    case State::idle: break;
  }
  return "the connection";
}

Conversation::Step Conversation::lost(int error) {
  if (state_ == State::connecting) return fail_with(error);
  if (nothing_is_under_way()) return end();
  if (state_ == State::idle && reader_->server_error()) return wrong();
  unanswered_ = state_ == State::awaiting_reply && reader_->received().empty();
  const auto when = state_ == State::idle ? "while it was idle" : "before " + awaited();
  return fail(error == 0 ? RequestError::closed : request_error_of(error), ended_text(error, when));
}

Conversation::Step Conversation::handle(std::uint32_t events) {
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
    const Step step = connected_now();
    if (step != Step::waiting) unread_ = (events & EPOLLIN) != 0;
    if (step != Step::waiting || (events & EPOLLIN) == 0) return step;
  }
  if ((events & EPOLLOUT) != 0) send_rest();
  return (events & EPOLLIN) != 0 || peer_ended_ ? read() : Step::waiting;
}

Conversation::Step Conversation::read() {
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), room_.data(), room_.size(), 0);
    if (size == 0) return at_end();
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return Step::waiting;
      // Every reply has arrived: a reset now loses nothing.
      return state_ == State::leaving && errno == ECONNRESET ? at_end() : lost(errno);
    }
    const auto count = static_cast<std::size_t>(size);
    tally_.bytes_received += count;
    const Step step = on_bytes({room_.data(), count});
    // A short read empties the socket, epoll(7). The end of file has an event of its own, which may
    // have arrived already.
    if (step != Step::waiting || (count < room_.size() && !peer_ended_)) return step;
  }
}

Conversation::Step Conversation::look() {
  if (state_ != State::idle) return Step::waiting;
  // The server is about to close; the rest of its reason is not worth the wait.
  if (nothing_is_under_way() && !reader_->other().empty()) return end();
  return peer_ended_ ? read() : Step::waiting;
}

Conversation::Step Conversation::give_up() {
  if (is_fault(reader_->finish(false)))
    return fail(RequestError::wrong_reply, reader_->complaint());
  const auto limit = state_ == State::connecting ? plan_.connect_timeout : plan_.timeout;
  return fail(RequestError::timed_out, timed_out_text(limit, state_ == State::awaiting_welcome
                                                                 ? awaited_welcome(plan_.service)
                                                                 : awaited()));
}

Conversation::Step Conversation::at_end() {
  const auto reading = reader_->finish(true);
  if (state_ == State::awaiting_reply && reading == Reading::reply) {
    state_ = State::idle;
    return Step::replied;
  }
  if (is_fault(reading)) return wrong();
  // send(2) has reported a reset, so recv(2) does not report it again.
  return lost(send_error_ == EPIPE ? 0 : send_error_);
}

Conversation::Step Conversation::on_bytes(std::string_view bytes) {
  if (std::exchange(silent_, false)) first_byte_ = Clock::now();
  switch (reader_->read(bytes)) {
    case Reading::incomplete:
      if (state_ == State::awaiting_reply) {
        deadline_ = reader_->wait_until(sent_ + plan_.timeout, Clock::now());
      }
      return Step::waiting;
    case Reading::wrong:
    case Reading::too_much:
      unanswered_ = state_ == State::awaiting_reply && reader_->server_error();
      return wrong();
    case Reading::welcome:
      if (state_ != State::awaiting_welcome) return Step::waiting;
      state_ = State::idle;
      return Step::ready;
    case Reading::reply:
      if (state_ == State::leaving) {
        // A server that does not know the farewell sees the end of file.
        static_cast<void>(::shutdown(socket_.get(), SHUT_WR));
        return Step::waiting;
      }
      state_ = State::idle;
      return Step::replied;
  }
  return Step::waiting;
}

Conversation::Step Conversation::send_request(std::uint64_t number) {
  if (request_.empty()) {
    request_ = script_.request();
    reply_ = script_.reply();
  }
  ++requests_on_connection_;
  script_.number(number, request_, reply_);
  reader_->expect(reply_);
  rest_ = request_;
  state_ = State::awaiting_reply;
  sent_ = Clock::now();
  deadline_ = sent_ + plan_.timeout;
  send_rest();
  return peer_ended_ || std::exchange(unread_, false) ? read() : Step::waiting;
}

Conversation::Step Conversation::leave() {
  if (reader_->server_error()) return end();  // the server closes
  state_ = State::leaving;
  deadline_ = Clock::now() + plan_.timeout;
  if (!script_.farewell().empty()) reader_->expect(script_.farewell_reply());
  rest_ = script_.farewell();
  send_rest();
  if (script_.farewell().empty()) static_cast<void>(::shutdown(socket_.get(), SHUT_WR));
  return peer_ended_ ? read() : Step::waiting;
}

void Conversation::send_rest() {
  while (!rest_.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest_.data(), rest_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      tally_.bytes_sent += static_cast<std::uint64_t>(sent);
      rest_.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      // The bytes that the server sent before it closed must still be read.
      send_error_ = errno;
      peer_ended_ = true;
      return;
    }
  }
}

}  // namespace yodel::client::bench
