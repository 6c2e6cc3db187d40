// Why requests fail: the one list of that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace yodel::client {

// Why a request failed, or a connection was not to be had.
enum class RequestError : std::uint8_t {
  refused,      // the connection: ECONNREFUSED
  unreachable,  // no connection for another reason of the network
  timed_out,    // the server, or the path to it, took longer than it may
  wrong_reply,  // other bytes than were due
  closed,       // by the server, before the reply
  reset,        // the connection was lost
  no_resources  // on our side: no port, no descriptor, no memory
};

// Returns which of them an errno(3) of a socket is.
[[nodiscard]] RequestError request_error_of(int error) noexcept;

struct RequestErrorEntry {
  std::string_view key;   // in JSON
  std::string_view name;  // for people
};

// By RequestError.
constexpr std::array<RequestErrorEntry, 7> request_errors{{
    {"refused", "connection refused"},
    {"unreachable", "unreachable"},
    {"timed_out", "timed out"},
    {"wrong_reply", "wrong reply"},
    {"closed_early", "closed early"},
    {"reset", "connection reset"},
    {"no_resources", "no resources"},
}};
static_assert(static_cast<std::size_t>(RequestError::no_resources) + 1 == request_errors.size());

// How many there were of each.
using ErrorCounts = std::array<std::uint64_t, request_errors.size()>;
[[nodiscard]] inline std::uint64_t& count_of(ErrorCounts& counts, RequestError error) {
  return counts.at(static_cast<std::size_t>(error));
}
[[nodiscard]] inline std::uint64_t count_of(const ErrorCounts& counts, RequestError error) {
  return counts.at(static_cast<std::size_t>(error));
}

// Returns how many failed and of what, where `first` is the cause of the first: "84 failed: wrong
// reply; the first: the server's error: TEXT", "4 failed: 3 wrong reply, 1 timed out; …", "0
// failed".
[[nodiscard]] std::string failures_text(const ErrorCounts& counts, std::string_view first);

}  // namespace yodel::client
