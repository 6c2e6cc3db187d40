// What is said to a server, message by message, and what it must answer. Pure: no system calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/protocol.hpp"

namespace yodel::client {

// How messages and replies are told apart on a connection.
enum class Framing : std::uint8_t {
  unknown,  // the first reply tells; until then a message is a line
  lines,    // a message and its reply end with a newline
  unframed  // nothing ends them: a message is what one read of the server's returns
};

// What a server speaks.
struct Service {
  protocol::Protocol protocol = protocol::Protocol::greet;
  Framing framing = Framing::lines;  // of greet alone
  bool welcome = true;               // the server speaks first; nothing ends its welcome
  bool by_option = true;             // the command has --protocol, for servers of another kind
};

// Whether servers of `protocol` send a welcome, and have a framing.
[[nodiscard]] bool has_welcome(protocol::Protocol protocol) noexcept;

// The bytes that carry the message `payload`, and those that answer it, without what ends a line.
[[nodiscard]] std::string request_of(const Service& service, std::string_view payload);
[[nodiscard]] std::string reply_of(const Service& service, std::string_view payload);
// How many bytes a reply takes, with what ends a line.
[[nodiscard]] std::size_t ending_size(const Service& service) noexcept;
// The bytes that end the dialogue, to be sent with the end of our side behind them; and the reply
// of a server that does not know that word. Both may be empty. Where the framing is unknown they
// are sent without a newline: a server in lines takes what stands before the end for a message too.
[[nodiscard]] std::string farewell_of(const Service& service);
[[nodiscard]] std::string reply_to_farewell(const Service& service);

// Returns the protocol that a server seems to speak instead, judged by `said`, the first thing that
// it says while it owes the reply `due` (empty: nothing): a greet server says "welcome" or "hello,
// ", an echo server the message as it was sent. Returns std::nullopt if it may well speak the right
// one.
[[nodiscard]] std::optional<protocol::Protocol> other_protocol(const Service& service,
                                                               std::string_view due,
                                                               std::string_view said);
// Returns the remedy for a server that seems to speak `actual` instead: "this looks like an echo
// server:
// --protocol echo", or the command that speaks to those.
[[nodiscard]] std::string mismatch_of(const Service& service, protocol::Protocol actual);
// Returns "the welcome", for a message about a wait in vain, with what that may mean.
[[nodiscard]] std::string awaited_welcome(const Service& service);

// Why `message` cannot be sent and told apart; nullopt: it can.
[[nodiscard]] std::optional<std::string> obstacle(const Service& service, std::string_view message);
// Whether messages can follow one another before they are answered, and stay apart.
[[nodiscard]] bool can_pipeline(const Service& service) noexcept;

// "greet in lines", "greet unframed", "echo".
[[nodiscard]] std::string description_of(const Service& service);

}  // namespace yodel::client
