// The reply that is due, and how the server frames what it says. Pure: no system calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::client::talk {

// How messages are told apart on this connection.
enum class Framing : std::uint8_t {
  unknown,    // no message was exchanged yet
  undecided,  // the first reply has come, and no newline behind it so far
  lines,      // a message and its reply end with a newline
  unframed    // a message is what one send carries; nothing ends it
};

// `message` as it is sent. A server that is not known yet is spoken to in lines.
[[nodiscard]] std::string framed(std::string_view message, Framing framing);

// The words that end the dialogue, as they are sent with the end of our side behind them. Where the
// framing is not known, without a newline: a server in lines takes what stands before the end of
// file for a message too.
[[nodiscard]] std::string framed_exit(Framing framing);

// Why `message` cannot be sent and told apart; nullopt: it can.
[[nodiscard]] std::optional<std::string> obstacle(std::string_view message, Framing framing);

// The reply to one message, "hello, MESSAGE!", in every form that the framing allows:
//   lines      "hello, MESSAGE!\n"
//   unframed   "hello, MESSAGE!"
//   unknown    the message went out as a line. Of the servers there are, one in lines gives
//              "hello, MESSAGE!\n"; one that takes what a read returns for the message, as the
//              tutorial's does, "hello, MESSAGE\n!"; and one that does so and takes the newline off
//              "hello, MESSAGE!". The last looks like the first until the newline comes, so the
//              framing is undecided.
//   undecided  in lines, the newline that was still to come and "hello, MESSAGE!\n"; unframed,
//              "hello, MESSAGE!"
class ExpectedReply {
 public:
  enum class Kind : std::uint8_t { incomplete, right, unexpected };
  struct Match {
    Kind kind = Kind::unexpected;
    std::size_t before = 0;  // right: so many bytes stand before the reply, the end of the welcome
    Framing framing = Framing::unknown;  // right: what the reply tells
  };

  // `welcome_may_precede`: nothing ends a welcome, so what the network brings of it late stands
  // before the first reply.
  ExpectedReply(std::string_view message, Framing framing, bool welcome_may_precede);

  // What `received`, all that has come since the message was sent, is so far. `ended`: no more will
  // come.
  [[nodiscard]] Match match(std::string_view received, bool ended) const;
  // "hello, MESSAGE!"
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  struct Form {
    std::string bytes;
    Framing framing;
    bool only_at_end = false;
  };

  std::string text_;
  std::vector<Form> forms_;
  bool welcome_may_precede_;
};

}  // namespace yodel::client::talk
