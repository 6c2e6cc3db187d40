// The failure that a command returns, with an exit status for each kind of failure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace yodel::client {

// The exit statuses of the program. They are part of its interface: --help lists them.
enum class ExitStatus : std::uint8_t {
  success = 0,
  wrong_answer = 1,  // the server's answer was wrong, incomplete or missing
  usage = 2,         // the command line is wrong, or the input cannot be read or sent
  unresolved = 3,    // the server's name has no address
  unreachable = 4,   // no connection: refused, no route, no such socket
  timed_out = 5,
  output = 6,      // standard output or a file could not be written
  tls = 7,         // the handshake failed, or the certificate is not trusted
  http_error = 8,  // the server answered with an HTTP status of 400 or above
  redirected = 9   // the page has moved, and the redirect was not followed
};

// `text` is the message for the user, without the program's name before it and the newline after
// it. It is empty if the command has reported the reason itself.
struct Failure {
  ExitStatus status = ExitStatus::wrong_answer;
  std::string text;
};

template <typename Value>
using Result = tl::expected<Value, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> failure(ExitStatus status, std::string text) {
  return tl::make_unexpected(Failure{.status = status, .text = std::move(text)});
}

// Writes `failure`, unless its text is empty, to standard error, with the program's name before it
// and `hint` after it. Returns its exit status.
[[nodiscard]] int report(const Failure& failure, std::string_view hint = {});

// Returns `text`, from strerror(3) or gai_strerror(3), as it reads after a colon: "connection
// refused".
[[nodiscard]] std::string lower_case_cause(const char* text);

}  // namespace yodel::client
