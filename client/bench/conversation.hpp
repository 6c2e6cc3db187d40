// One connection of `yodel bench`, driven by the events of epoll(7).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "client/bench/plan.hpp"
#include "client/bench/script.hpp"
#include "client/bench/tally.hpp"
#include "client/exchange/server_reader.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::client::bench {

// A connection and the dialogue on it. Its functions never block: each does what is possible now
// and returns how far that went. Can be connected again after it ends. Counts bytes, connections
// and the kernel's figures in a tally; the caller counts the rest.
class Conversation {
 public:
  enum class Step : std::uint8_t {
    waiting,  // for an event, or for the time to try again
    ready,    // connected and, if the server sends a welcome, welcomed
    replied,  // the reply to the last request is complete and correct
    ended,    // the server closed after leave(), or while no request was under way
    failed    // error() and cause() say how; the socket is closed
  };

  // Borrows all four for its lifetime. `room` is the receive buffer that a thread's conversations
  // share, `tally` that of the thread.
  Conversation(const BenchPlan& plan, const Script& script, std::span<char> room, Tally& tally)
      : plan_(plan),
        script_(script),
        room_(room),
        tally_(tally),
        reader_(make_reader(plan.service)) {}

  // Begins to connect, from the plan's origin number `source`, and registers the socket with
  // `epoll` under `key`, edge-triggered.
  Step connect(int epoll, std::uint64_t key, std::size_t source);
  // Handles what arrived while no request was under way. Returns waiting, or how the connection has
  // ended. Only after ready or replied.
  Step look();
  // Sends request `number`. Only after ready or replied.
  Step send_request(std::uint64_t number);
  // Sends the farewell and begins to close in order. Only after ready or replied.
  Step leave();
  // Handles the events that epoll_wait(2) returned.
  Step handle(std::uint32_t events);
  // Retries a connect(2) that failed with EAGAIN because a Unix socket's backlog was full, unix(7).
  Step try_again();
  // Fails with a timeout: the deadline has passed.
  Step give_up();
  // Closes the connection at once.
  void close();

  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(socket_); }
  // Returns whether the connection is open and waits for nothing.
  [[nodiscard]] bool is_idle() const noexcept { return state_ == State::idle; }
  // Returns whether it waits for the server.
  [[nodiscard]] bool is_waiting() const noexcept {
    return state_ != State::closed && state_ != State::idle;
  }
  // Returns when that wait times out.
  [[nodiscard]] posix::Clock::time_point deadline() const noexcept { return deadline_; }
  [[nodiscard]] RequestError error() const noexcept { return error_; }
  // Returns the error in words, with what the server said, if anything: "the server says: TEXT".
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }
  // Returns whether the connection ended before any byte of the reply, or with the server's error.
  // On a kept connection the server may have closed while it was idle and never seen the request,
  // so the request is sent again, as RFC 9112, 9.3.1, has clients do.
  [[nodiscard]] bool is_unanswered() const noexcept { return unanswered_; }
  // Returns how many bytes of the last request were sent but, as far as is known, never read.
  [[nodiscard]] std::size_t unread_bytes() const noexcept {
    return error_ == RequestError::wrong_reply ? 0 : request_.size() - rest_.size();
  }

  // Return when connect(2) was called, when the connection was established, when its first byte
  // arrived, when the last request was sent, and when the connection ended, before its close(2).
  [[nodiscard]] posix::Clock::time_point began() const noexcept { return began_; }
  [[nodiscard]] posix::Clock::time_point connected() const noexcept { return connected_; }
  [[nodiscard]] posix::Clock::time_point first_byte() const noexcept { return first_byte_; }
  [[nodiscard]] posix::Clock::time_point sent() const noexcept { return sent_; }
  [[nodiscard]] posix::Clock::time_point ended() const noexcept { return ended_; }
  // Returns how long a probe server says that it took over the last reply.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> server_time() const noexcept {
    return reader_->server_time();
  }
  // Returns whether the last reply was the first on its connection.
  [[nodiscard]] bool is_first_reply() const noexcept { return requests_on_connection_ == 1; }

 private:
  enum class State : std::uint8_t {
    closed,
    connecting,
    awaiting_welcome,
    idle,
    awaiting_reply,
    leaving
  };

  Step begin_connect();
  Step connected_now();
  // Adds the kernel's figures of the connection to the tally.
  void count_tcp();
  Step read();
  Step on_bytes(std::string_view bytes);
  Step at_end();
  // Sends as much of the rest of the request or farewell as the kernel accepts.
  void send_rest();
  // Handles the end of the connection; `error` is an errno(3), or 0 for an end of file.
  Step lost(int error);
  // Returns whether the server may close the connection now without losing a request. It may not
  // while the connection is held: such a close is what --hold looks for, and a failure.
  [[nodiscard]] bool nothing_is_under_way() const noexcept {
    return state_ == State::leaving ||
           (state_ == State::idle && (!plan_.hold || requests_on_connection_ > 0));
  }
  // Returns what it waits for, as messages name it.
  [[nodiscard]] std::string awaited() const;
  // Handles bytes other than the expected ones.
  Step wrong();
  // Closes after an end that is no failure.
  Step end();
  Step fail(RequestError error, std::string cause);
  Step fail_with(int error);

  const BenchPlan& plan_;
  const Script& script_;
  std::span<char> room_;
  Tally& tally_;
  posix::Descriptor socket_;
  State state_ = State::closed;
  RequestError error_ = RequestError::closed;
  std::string cause_;
  bool unanswered_ = false;
  bool peer_ended_ = false;  // an event reported it; there will be no other
  int send_error_ = 0;       // sending failed; what the server sent may say why
  // Bytes came together with the connection, from a server that was not to speak first: the event,
  // which is edge-triggered, does not come again.
  bool unread_ = false;
  bool silent_ = true;  // no byte has arrived on this connection
  int epoll_ = -1;
  std::uint64_t key_ = 0;
  std::size_t source_ = 0;
  std::string request_;
  std::string reply_;
  std::string_view rest_;                 // still to be sent
  std::unique_ptr<ServerReader> reader_;  // of this connection
  std::uint64_t requests_on_connection_ = 0;
  std::uint32_t syn_retransmits_ = 0;
  posix::Clock::time_point began_, connected_, first_byte_, sent_, ended_, deadline_;
};

}  // namespace yodel::client::bench
