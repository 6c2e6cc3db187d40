// The texts of the greet dialogue. message_reader.hpp has its framing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yodel::protocol {

// The message that ends the dialogue.
constexpr std::string_view exit_message = "exit";

// The reply to MESSAGE is "hello, MESSAGE!", followed by the message's own line ending, if any.
constexpr std::string_view reply_prefix = "hello, ";
constexpr std::string_view reply_suffix = "!";

// The largest value of greet.message_size in yodeld.toml, in bytes.
constexpr std::size_t max_message_size = 65536;
// The longest greet.welcome in yodeld.toml, in bytes.
constexpr std::size_t max_welcome_size = 4096;

// Returns the size of the reply to a message of `message` bytes with a line ending of `ending`
// bytes.
[[nodiscard]] constexpr std::size_t reply_size(std::size_t message, std::size_t ending) {
  return reply_prefix.size() + message + reply_suffix.size() + ending;
}

// Returns "hello, MESSAGE!", without a line ending.
[[nodiscard]] std::string reply_to(std::string_view message);

// Returns what the server sends before it closes a connection because of a line longer than
// `message_size` bytes.
[[nodiscard]] std::string too_long_error(std::size_t message_size);

// The line that the server sends to a peer that it refuses because of limits.sessions_per_source.
constexpr std::string_view too_many_error = "error: too many connections from your address\n";

}  // namespace yodel::protocol
