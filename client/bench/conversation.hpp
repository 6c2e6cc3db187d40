// One connection of `yodel bench`, driven by the events of epoll(7).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "client/bench/plan.hpp"
#include "client/bench/script.hpp"
#include "client/bench/tally.hpp"
#include "client/exchange/reply_reader.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::client::bench {

// Never waits: each function does what can be done now and says how far that has come. May be
// connected again and again. Counts bytes and connections into a tally; the caller counts the rest.
class Conversation {
 public:
  enum class Step : std::uint8_t {
    waiting,  // for an event, or for the time to try again
    ready,    // connected and, where it is due, welcomed: nothing is asked
    replied,  // the reply to the last request is whole and right
    ended,    // after leave(), or with nothing under way: the server has closed as well
    failed    // error() and cause() say how; the socket is closed
  };

  // All are lent for its life; `room` is where every conversation of a thread receives.
  Conversation(const BenchPlan& plan, const Script& script, std::span<char> room)
      : plan_(plan), script_(script), room_(room), reader_(plan.service) {}

  // Begins to connect, from the plan's source number `source`, and has `epoll` tell of events with
  // `key`: edge-triggered.
  Step connect(int epoll, std::uint64_t key, std::size_t source, Tally& tally);
  // Takes in what has come while nothing was asked: waiting, or how the connection has ended
  // meanwhile. Only after ready or replied.
  Step look(Tally& tally);
  // Sends request `number`. Only after ready or replied.
  Step send_request(std::uint64_t number, Tally& tally);
  // Says that this was all. Only after ready or replied.
  Step leave(Tally& tally);
  // Takes an event in: what epoll_wait(2) has given.
  Step handle(std::uint32_t events, Tally& tally);
  // A connect that a Unix socket had no room for, unix(7), is tried again.
  Step try_again(Tally& tally);
  // Gives it up, for the server has taken too long.
  Step give_up();
  // Closes it at once.
  void close() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(socket_); }
  // Whether it is there, and nothing is waited for.
  [[nodiscard]] bool is_idle() const noexcept { return state_ == State::idle; }
  // Whether something is waited for from the server.
  [[nodiscard]] bool is_waiting() const noexcept {
    return state_ != State::closed && state_ != State::idle;
  }
  // When what is waited for must be there.
  [[nodiscard]] posix::Clock::time_point deadline() const noexcept { return deadline_; }
  [[nodiscard]] RequestError error() const noexcept { return error_; }
  // The same in words, with what the server has said: "the server's error: TEXT".
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }
  // Whether it failed because the connection ended before a byte of the reply had come, or with the
  // server's error. Where it was kept from before, the server may have ended it while nothing was
  // under way, and has not seen the request: RFC 9112, 9.3.1, has a client send it again.
  [[nodiscard]] bool is_unanswered() const noexcept { return unanswered_; }
  // How many bytes of the last request were sent and, as far as can be told, taken by nobody.
  [[nodiscard]] std::size_t unheard() const noexcept {
    return error_ == RequestError::wrong_reply ? 0 : request_.size() - rest_.size();
  }

  // When the connection was begun and was there, the first byte came and the last request was sent.
  [[nodiscard]] posix::Clock::time_point began() const noexcept { return began_; }
  [[nodiscard]] posix::Clock::time_point connected() const noexcept { return connected_; }
  [[nodiscard]] posix::Clock::time_point first_byte() const noexcept { return first_byte_; }
  [[nodiscard]] posix::Clock::time_point asked() const noexcept { return asked_; }
  // Whether the last reply was the first on its connection.
  [[nodiscard]] bool is_first_reply() const noexcept { return asked_on_connection_ == 1; }

 private:
  enum class State : std::uint8_t { closed, connecting, welcomed, idle, asking, leaving };

  Step begin_connect(Tally& tally);
  Step connected_now(Tally& tally);
  Step read(Tally& tally);
  Step took(std::string_view bytes);
  Step at_end();
  // Sends what is left of the request or farewell, as far as the kernel takes it.
  void send_rest(Tally& tally);
  // The connection has ended, or, with an errno(3), is lost.
  Step lost(int error);
  // Whether the server may end the connection and nothing is lost; one that is held, to see whether
  // it does, it may not.
  [[nodiscard]] bool nothing_is_under_way() const noexcept {
    return state_ == State::leaving ||
           (state_ == State::idle && (!plan_.hold || asked_on_connection_ > 0));
  }
  // What is waited for, as a message says it.
  [[nodiscard]] std::string awaited() const;
  // The server has said something else than is due.
  Step wrong();
  // It has ended as it may.
  Step end() noexcept;
  Step fail(RequestError error, std::string cause);
  Step fail_with(int error);

  const BenchPlan& plan_;
  const Script& script_;
  std::span<char> room_;
  posix::Descriptor socket_;
  State state_ = State::closed;
  RequestError error_ = RequestError::closed;
  std::string cause_;
  bool unanswered_ = false;
  bool peer_ended_ = false;  // an event has said so: there will be no other one
  int send_error_ = 0;       // the server takes no more; what it has sent may say why
  bool silent_ = true;       // no byte has come on this connection
  int epoll_ = -1;
  std::uint64_t key_ = 0;
  std::size_t source_ = 0;
  std::string request_;
  std::string reply_;
  std::string_view rest_;  // to be sent
  ReplyReader reader_;     // of this connection
  std::uint64_t asked_on_connection_ = 0;
  posix::Clock::time_point began_, connected_, first_byte_, asked_, deadline_;
};

}  // namespace yodel::client::bench
