// The conversations that a session can have, one for each value of `protocol` in yodeld.toml(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/message_reader.hpp"
#include "session/session.hpp"
#include "session/stream.hpp"

namespace yodel::session {

// Passes what was read into the reader's space() on to it. The end of file is the end of its input,
// so bytes without a final newline still count as a message. Returns why the session must end, or
// std::nullopt.
[[nodiscard]] inline std::optional<protocol::CloseReason> pass_on(
    const Stream::Read& read, protocol::MessageReader& reader) noexcept {
  if (!read.ended) {
    reader.received(read.size);
  } else if (*read.ended == protocol::CloseReason::eof) {
    reader.end_of_input();
  } else {
    return read.ended;
  }
  return std::nullopt;
}

// Speaks the echo protocol, RFC 862: sends every byte back until the peer's end of file. Returns
// why it ended.
[[nodiscard]] protocol::CloseReason echo(Stream& stream) noexcept;

// Speaks the greet protocol: sends the rest of the welcome, of which the peer has had
// `welcome_sent` bytes, then a reply to each message. Counts the replies in `messages`. Returns why
// it ended. By then every reply has been written, unless the peer or a limit prevented it.
[[nodiscard]] protocol::CloseReason greet(Stream& stream, const protocol::Launch& terms,
                                          std::size_t welcome_sent,
                                          std::uint64_t& messages) noexcept;

// Speaks the probe protocol: sends a header, then a reply to each request. Counts the replies in
// `messages`, those that say what is wrong with a request included. Returns why it ended.
[[nodiscard]] protocol::CloseReason probe(Stream& stream, const protocol::Launch& terms,
                                          const Connection& connection,
                                          std::uint64_t& messages) noexcept;

}  // namespace yodel::session
