// What a subcommand gives when it fails, and the exit status that tells the kinds apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace yodel::client {

// The exit status of the program: part of its interface, listed in --help.
enum class ExitStatus : std::uint8_t {
  success = 0,
  wrong_answer = 1,  // the server answered wrongly, not whole or not at all
  usage = 2,         // the command line, or an input that cannot be read or sent
  unresolved = 3,    // the server's name has no address
  unreachable = 4,   // no connection: refused, no route, no such socket
  timed_out = 5,
  output = 6,      // standard output or a file could not be written
  tls = 7,         // no handshake, or a certificate that is not trusted
  http_error = 8,  // the server answered with an HTTP status of 400 and above
  redirected = 9   // the page has moved, and the redirect was not followed
};

// `text` is for a person: whole but for the program's name before it and the newline after it.
// Empty: the command has said why already.
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
// and `hint` behind it, and returns its exit status.
[[nodiscard]] int report(const Failure& failure, std::string_view hint = {});

// `text`, one of strerror(3) or gai_strerror(3), as it reads after a colon: "connection refused".
[[nodiscard]] std::string lower_case_cause(const char* text);

}  // namespace yodel::client
