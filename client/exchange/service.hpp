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

// Why `message` cannot be sent and told apart; nullopt: it can.
[[nodiscard]] std::optional<std::string> obstacle(const Service& service, std::string_view message);
// Whether messages can follow one another before they are answered, and stay apart.
[[nodiscard]] bool can_pipeline(const Service& service) noexcept;

// "greet in lines", "greet unframed", "echo".
[[nodiscard]] std::string description_of(const Service& service);

}  // namespace yodel::client
