// What is said to a service, message by message, and what it must answer. Pure: no system calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yodel::client {

enum class Service : std::uint8_t {
  greet_lines,     // "hello, MESSAGE!"; a message and its reply end with a newline
  greet_unframed,  // the same without newlines: a message is what one read of the server's returns
  echo             // RFC 862: the bytes come back as they are
};

// The bytes that carry the message `payload`, and those that answer it. In lines `payload` holds no
// newline and does not end with a carriage return; unframed it is not empty and does not end with a
// newline; in neither is it "exit".
[[nodiscard]] std::string request_of(Service service, std::string_view payload);
[[nodiscard]] std::string reply_of(Service service, std::string_view payload);
// The bytes that end the dialogue, to be sent with the end of our side behind them.
[[nodiscard]] std::string farewell_of(Service service);

// Whether the service speaks first. Nothing ends its welcome.
[[nodiscard]] bool has_welcome(Service service) noexcept;
// Whether messages can follow one another before they are answered, and stay apart.
[[nodiscard]] bool takes_several(Service service) noexcept;

enum class Match : std::uint8_t { incomplete, right, wrong };
// What `received` is so far, where `expected` is due: right when it begins with the whole of it.
[[nodiscard]] Match match(std::string_view received, std::string_view expected) noexcept;

// "expected 'X', got 'Y'", and the first byte in which they differ where that cannot be seen.
[[nodiscard]] std::string difference(std::string_view expected, std::string_view got);

// The text of the server's error where `received` holds one, "error: TEXT" and a newline, whole.
[[nodiscard]] std::optional<std::string_view> server_error(std::string_view received);

}  // namespace yodel::client
