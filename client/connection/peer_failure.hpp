// How a peer failed, in the words that all commands share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "client/failure.hpp"

namespace yodel::client {

// Returns a failure whose text is "PEER: WHAT".
[[nodiscard]] Failure peer_failure(ExitStatus status, std::string_view peer, std::string_view what);

// Returns "timed out after 5s waiting for WHAT".
[[nodiscard]] std::string timed_out_text(std::chrono::nanoseconds timeout, std::string_view what);
// Returns "the server closed the connection WHEN", without WHEN if that is empty, or, if `error`,
// the errno(3) of Connection::error(), is not 0, "connection reset by peer WHEN".
[[nodiscard]] std::string ended_text(int error, std::string_view when);
// Returns "before the welcome", for the WHEN of an end with `error`. yodeld resets a connection
// from an address that its `allow` does not list, so after ECONNRESET the text mentions that.
[[nodiscard]] std::string before_welcome(int error);

// Returns how a connection ended, by the errno(3) of Connection::error(): "closed by the server",
// "connection reset by peer".
[[nodiscard]] std::string end_text(int error);

// Returns the failure "PEER: " and timed_out_text().
[[nodiscard]] Failure timed_out(std::string_view peer, std::chrono::nanoseconds timeout,
                                std::string_view what);

// Returns the failure "PEER: " and ended_text().
[[nodiscard]] Failure ended(std::string_view peer, int error, std::string_view when);

}  // namespace yodel::client
