// The one reader of what a server says on a connection, for all commands. Pure: no system calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/exchange/service.hpp"

namespace yodel::client {

// A welcome, and what a server says beside a reply, is not read further than this many bytes.
constexpr std::size_t max_unframed = 65536;

constexpr std::chrono::seconds other_reply_pause{2};

// What the bytes that came are.
enum class Reading : std::uint8_t {
  incomplete,  // more must come before it can be told what it is
  welcome,     // what a server says before it was asked anything, or a piece of that
  reply,       // the reply that is due, whole; server_error() tells whether an error stands behind
  wrong,       // other bytes than are due, or the server's error: complaint() says which
  too_much     // bytes where nothing is due, or more than max_unframed
};

[[nodiscard]] constexpr bool is_fault(Reading reading) noexcept {
  return reading == Reading::wrong || reading == Reading::too_much;
}

// Reads one connection. Nothing ends a welcome, so what comes of it after the first message was
// sent stands before the first reply: the reader tells that reply by its end. A framing that is not
// known is told by the first reply. The message went out as a line; of the servers there are,
//   - one in lines answers "hello, MESSAGE!\n";
//   - one that takes what a read returns for the message, as the tutorial's does,
//     "hello, MESSAGE\n!";
//   - and one that does so and takes the newline off, "hello, MESSAGE!". That looks like the first
//     until the next byte comes.
class ReplyReader {
 public:
  explicit ReplyReader(const Service& service) : service_(service) {}

  // A message was sent, whose reply, reply_of(), is due next. `reply` is borrowed until it was
  // read.
  void expect(std::string_view reply);

  // Takes off the front of `bytes` all but what is behind a reply. `more_due`: behind the reply
  // another one is due, so there may be more.
  [[nodiscard]] Reading read(std::string_view& bytes, bool more_due = false);
  // The same with what a Connection has received.
  template <typename Connection>
  [[nodiscard]] Reading read_from(Connection& connection, bool more_due = false) {
    std::string_view bytes = connection.received();
    const std::size_t size = bytes.size();
    const Reading reading = read(bytes, more_due);
    connection.consume(size - bytes.size());
    return reading;
  }
  // What it is if no more comes, in time or at all: `ended` says that the server has ended its
  // side. In lines a last reply may then lack its newline.
  [[nodiscard]] Reading finish(bool ended);

  // Whether what stands before the first reply, and may be the rest of the welcome, looks like the
  // reply to another message.
  [[nodiscard]] bool has_other_reply() const noexcept;
  // Returns until when to wait for more of the reply: `deadline`, or, with another reply there,
  // other_reply_pause after `last_byte` if that is earlier. The tutorial's server takes a second
  // over a reply.
  using Time = std::chrono::steady_clock::time_point;
  [[nodiscard]] Time wait_until(Time deadline, Time last_byte) const noexcept;

  [[nodiscard]] bool is_due() const noexcept { return due_; }
  // Unknown until the first reply has told it.
  [[nodiscard]] Framing framing() const noexcept { return service_.framing; }
  // What stood before the first reply: the end of the welcome. Only when that has just been read.
  [[nodiscard]] const std::string& rest_of_welcome() const noexcept { return before_; }
  // How many bytes of the reply that is due, or was due last, have come rightly.
  [[nodiscard]] std::size_t matched() const noexcept { return matched_; }
  // What has come behind them instead, or where nothing was due: its first max_unframed bytes.
  [[nodiscard]] const std::string& other() const noexcept { return other_; }
  // What has come in the place of the reply that is due, or where nothing was.
  [[nodiscard]] std::string received() const;
  // "; got 'X' so far", where X is that; empty: nothing has come.
  [[nodiscard]] std::string so_far() const;
  // The text of the server's error in what has come, "error: TEXT" and a newline; nullopt: it holds
  // none.
  [[nodiscard]] std::optional<std::string> server_error() const;
  // Returns the protocol that the server seems to speak instead, judged by what has come:
  // "welcome", "hello, " or the message as it was sent. Returns std::nullopt if it may well speak
  // the right one.
  [[nodiscard]] std::optional<protocol::Protocol> other_protocol() const;
  // Returns what is wrong: "the server's error: TEXT"; "got 'Y'" and mismatch_of(); "expected 'X',
  // got 'Y'", and the first byte in which these differ where that cannot be seen; or "got 'Y' where
  // nothing is due".
  [[nodiscard]] std::string complaint() const;

 private:
  [[nodiscard]] bool lines_end() const noexcept { return ending_size(service_) > 0; }
  void settle_newline(std::string_view& bytes);
  Reading read_unasked(std::string_view& bytes);
  Reading find_first(std::string_view& bytes, bool more_due);
  Reading match(std::string_view& bytes, bool more_due);
  Reading match_ending(std::string_view& bytes, bool more_due);
  Reading hold(std::string_view& bytes);
  Reading replied(std::string_view& bytes, bool more_due);
  void keep_other(std::string_view& bytes);

  Service service_;
  std::string_view due_reply_;
  std::size_t matched_ = 0;  // bytes of it that have come
  bool due_ = false;
  bool asked_ = false;               // a message was sent on this connection
  bool replied_ = false;             // and answered
  bool ended_ = false;               // and the connection has
  bool newline_came_ = false;        // that ends the reply
  bool newline_in_message_ = false;  // of the tutorial's server: it came before the last byte
  bool newline_open_ = false;        // the first reply has come, and no byte behind it
  std::string welcome_;              // until the first reply
  std::string before_;               // what stands before the first reply, or may do so
  std::string other_;                // what is not the reply that is due
};

}  // namespace yodel::client
