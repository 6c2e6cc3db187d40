// How a peer has failed, in the words that all commands use.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "client/failure.hpp"

namespace yodel::client {

// Each text begins with `peer`: "127.0.0.1:9999: …".
[[nodiscard]] Failure peer_failure(ExitStatus status, std::string_view peer, std::string_view what);

// What those below say behind the peer.
[[nodiscard]] std::string timed_out_text(std::chrono::nanoseconds timeout, std::string_view what);
[[nodiscard]] std::string ended_text(int error, std::string_view when);

// How a connection has ended, by the errno(3) of Connection::error(): "closed by the server",
// "connection reset by peer".
[[nodiscard]] std::string end_text(int error);

// "PEER: timed out after 5s waiting for WHAT"
[[nodiscard]] Failure timed_out(std::string_view peer, std::chrono::nanoseconds timeout,
                                std::string_view what);

// "PEER: closed the connection WHEN"; where `error`, an errno(3), is not 0, "PEER: connection reset
// by peer WHEN".
[[nodiscard]] Failure ended(std::string_view peer, int error, std::string_view when);

}  // namespace yodel::client
