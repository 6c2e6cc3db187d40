// The reader of replies whose bytes are known: those of greet and echo. Pure: no system calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "client/exchange/server_reader.hpp"

namespace yodel::client {

// How long to wait for more bytes after what looks like the reply to another message. The classic
// tutorial server takes a second over each reply.
constexpr std::chrono::seconds other_reply_pause{2};

// Reads one connection. Nothing ends a welcome, so the part of it that arrives after the first
// message was sent comes before the first reply; the reader finds that reply by its end.
//
// The first reply also reveals a framing that is not known. The message was sent as a line, and
//   - a server in lines answers "hello, MESSAGE!\n";
//   - a server whose message is what one read returns, such as the classic tutorial's, answers
//     "hello, MESSAGE\n!";
//   - such a server that strips the newline answers "hello, MESSAGE!", which looks like the first
//     form until the next byte comes.
class ReplyReader final : public ServerReader {
 public:
  explicit ReplyReader(const Service& service) : service_(service) {}

  void expect(std::string_view reply) override;
  // In lines, the last reply before the end may lack its newline.
  [[nodiscard]] Reading finish(bool ended) override;

  // Returns whether the bytes before the first reply, which may be the rest of the welcome, look
  // like the reply to another message.
  [[nodiscard]] bool has_other_reply() const noexcept;
  // Returns `deadline` or, if has_other_reply(), other_reply_pause after `last_byte` if that is
  // earlier.
  [[nodiscard]] Time wait_until(Time deadline, Time last_byte) const noexcept override;

  [[nodiscard]] bool is_due() const noexcept { return due_; }
  // Returns the framing, which the first reply reveals if it was unknown.
  [[nodiscard]] Framing framing() const noexcept { return service_.framing; }
  // Returns what came before the first reply: the end of the welcome. Call it only when that reply
  // has just been read.
  [[nodiscard]] const std::string& rest_of_welcome() const noexcept { return before_; }
  // Returns how many bytes of the reply that is due, or was due last, have come correctly.
  [[nodiscard]] std::size_t matched() const noexcept { return matched_; }
  [[nodiscard]] std::size_t reply_size() const noexcept override {
    return due_reply_.size() + ending_size(service_);
  }
  [[nodiscard]] const std::string& other() const noexcept override { return other_; }
  [[nodiscard]] std::string received() const override;
  [[nodiscard]] std::optional<std::string> server_error() const override;
  // Returns the protocol that the server seems to speak instead, judged by what has come, as
  // client::other_protocol() does.
  [[nodiscard]] std::optional<protocol::Protocol> other_protocol() const;

 private:
  Reading read_bytes(std::string_view& bytes, bool more_due) override;
  [[nodiscard]] std::string difference() const override;
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
