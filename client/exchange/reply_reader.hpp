// The reader of everything a server sends on a connection, shared by all commands. Pure: no system
// calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/exchange/service.hpp"

namespace yodel::client {

// The limit, in bytes, on the part of a welcome that comes before the first message. It is also the
// limit on the part that comes after that message, beyond the first reply, and on the other bytes
// that are kept although they are not a reply.
constexpr std::size_t max_unframed = 65536;

// How long to wait for more bytes after what looks like the reply to another message. The classic
// tutorial server takes a second over each reply.
constexpr std::chrono::seconds other_reply_pause{2};

// A verdict on the received bytes.
enum class Reading : std::uint8_t {
  incomplete,  // undecided until more bytes come
  welcome,     // what the server sends before the first message, or a piece of it
  reply,       // the whole reply that is due; server_error() has the error after it, if any
  wrong,       // not the bytes that are due, or an error of the server; complaint() says which
  too_much     // bytes when nothing is due, or more than max_unframed
};

[[nodiscard]] constexpr bool is_fault(Reading reading) noexcept {
  return reading == Reading::wrong || reading == Reading::too_much;
}

// Reads one connection. Nothing ends a welcome, so the part of it that arrives after the first
// message was sent comes before the first reply; the reader finds that reply by its end.
//
// The first reply also reveals a framing that is not known. The message was sent as a line, and
//   - a server in lines answers "hello, MESSAGE!\n";
//   - a server whose message is what one read returns, such as the classic tutorial's, answers
//     "hello, MESSAGE\n!";
//   - such a server that strips the newline answers "hello, MESSAGE!", which looks like the first
//     form until the next byte comes.
class ReplyReader {
 public:
  explicit ReplyReader(const Service& service) : service_(service) {}

  // Expects `reply`, the reply_of() of a message that was sent, to come next. It is borrowed until
  // it has been read.
  void expect(std::string_view reply);

  // Reads `bytes` and removes from its front what was read: all of it, or up to the end of a reply.
  // `more_due` says that another reply is due after that one, so bytes after it are no fault.
  [[nodiscard]] Reading read(std::string_view& bytes, bool more_due = false);
  // Reads, and consumes, what a Connection has received.
  template <typename Connection>
  [[nodiscard]] Reading read_from(Connection& connection, bool more_due = false) {
    std::string_view bytes = connection.received();
    const std::size_t size = bytes.size();
    const Reading reading = read(bytes, more_due);
    connection.consume(size - bytes.size());
    return reading;
  }
  // Returns what the bytes are if no more come, because of a timeout or, if `ended`, because the
  // server has ended its side. In lines, the last reply before the end may lack its newline.
  [[nodiscard]] Reading finish(bool ended);

  // Returns whether the bytes before the first reply, which may be the rest of the welcome, look
  // like the reply to another message.
  [[nodiscard]] bool has_other_reply() const noexcept;
  // Returns until when to wait for the reply: `deadline` or, if has_other_reply(),
  // other_reply_pause after `last_byte` if that is earlier.
  using Time = std::chrono::steady_clock::time_point;
  [[nodiscard]] Time wait_until(Time deadline, Time last_byte) const noexcept;

  [[nodiscard]] bool is_due() const noexcept { return due_; }
  // Returns the framing, which the first reply reveals if it was unknown.
  [[nodiscard]] Framing framing() const noexcept { return service_.framing; }
  // Returns what came before the first reply: the end of the welcome. Call it only when that reply
  // has just been read.
  [[nodiscard]] const std::string& rest_of_welcome() const noexcept { return before_; }
  // Returns how many bytes of the reply that is due, or was due last, have come correctly.
  [[nodiscard]] std::size_t matched() const noexcept { return matched_; }
  // Returns the first max_unframed bytes of what came after those instead, or when nothing was due.
  [[nodiscard]] const std::string& other() const noexcept { return other_; }
  // Returns what has come of the reply that is due and what came instead of it; or what came when
  // nothing was due, which before the first message is the welcome.
  [[nodiscard]] std::string received() const;
  // Returns "; got 'X' so far", where X is received(); empty if nothing has come.
  [[nodiscard]] std::string so_far() const;
  // Returns TEXT if the server has sent an error, "error: TEXT" and a newline; otherwise
  // std::nullopt.
  [[nodiscard]] std::optional<std::string> server_error() const;
  // Returns the protocol that the server seems to speak instead, judged by what has come, as
  // client::other_protocol() does.
  [[nodiscard]] std::optional<protocol::Protocol> other_protocol() const;
  // Returns what is wrong: "the server says: TEXT"; "got 'Y'; " and mismatch_of(); "expected 'X',
  // got 'Y'", with the first byte that differs if the excerpts do not show it; or "expected
  // nothing, got 'Y'".
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
  bool replied_ = false;             // and one was answered
  bool ended_ = false;               // the server has ended its side
  bool newline_came_ = false;        // the one that ends the reply
  bool newline_in_message_ = false;  // it came before the "!", as from the tutorial's server
  bool newline_open_ = false;        // the first reply has come, and no byte after it yet
  std::string welcome_;              // cleared by the first reply
  std::string before_;               // what came, or may have come, before the first reply
  std::string other_;                // bytes that are not the reply that is due
};

}  // namespace yodel::client
