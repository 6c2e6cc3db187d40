// The two conversations that a session can have: the values "greet" and "echo" of `protocol` in
// yodeld.toml(5).
#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "session/stream.hpp"

namespace yodel::session {

// RFC 862: sends every byte back until the peer's end of file. Gives why it ended.
[[nodiscard]] protocol::CloseReason echo(Stream& stream) noexcept;

// The greet dialogue: what is left of the welcome after `welcome_sent` bytes, then a reply to each
// message. Counts the replies in `messages`. Gives why it ended; every reply was handed to the
// kernel then, unless the peer or a limit kept it from being.
[[nodiscard]] protocol::CloseReason greet(Stream& stream, const protocol::Launch& terms,
                                          std::size_t welcome_sent,
                                          std::uint64_t& messages) noexcept;

}  // namespace yodel::session
