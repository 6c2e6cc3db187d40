// The words of the greet dialogue: what is said, not how it is cut or carried.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yodel::protocol {

// The message that ends the dialogue.
constexpr std::string_view exit_message = "exit";

// The reply to MESSAGE is "hello, MESSAGE!", then what ended the message.
constexpr std::string_view reply_prefix = "hello, ";
constexpr std::string_view reply_suffix = "!";

// The longest message that `message_size` in the file may allow, in bytes.
constexpr std::size_t max_message_size = 65536;
// The longest `welcome`, in bytes.
constexpr std::size_t max_welcome_size = 4096;

// How long a reply is, in bytes, to a message that takes `message` bytes and an ending of `ending`.
[[nodiscard]] constexpr std::size_t reply_size(std::size_t message, std::size_t ending) {
  return reply_prefix.size() + message + reply_suffix.size() + ending;
}

// "hello, MESSAGE!", without an ending.
[[nodiscard]] std::string reply_to(std::string_view message);

// What the peer is told before the connection closes on a line longer than `message_size` bytes.
[[nodiscard]] std::string too_long_error(std::size_t message_size);

// What a peer is told when its address has as many sessions as `sessions_per_source` allows.
constexpr std::string_view too_many_error = "error: too many connections from your address\n";

}  // namespace yodel::protocol
