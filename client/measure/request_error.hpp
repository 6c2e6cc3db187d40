// The reasons why requests fail, in one list.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace yodel::client {

// Why a request or a connect failed.
enum class RequestError : std::uint8_t {
  refused,      // ECONNREFUSED
  unreachable,  // any other failure to connect
  timed_out,    // the server or the path to it was too slow
  wrong_reply,  // not the expected bytes
  closed,       // the server closed before the reply
  reset,        // the connection was reset
  no_resources  // the client is out of ports, descriptors or memory
};

// Returns the reason that an errno(3) of a socket stands for.
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

// Counts by RequestError.
using ErrorCounts = std::array<std::uint64_t, request_errors.size()>;
[[nodiscard]] inline std::uint64_t& count_of(ErrorCounts& counts, RequestError error) {
  return counts.at(static_cast<std::size_t>(error));
}
[[nodiscard]] inline std::uint64_t count_of(const ErrorCounts& counts, RequestError error) {
  return counts.at(static_cast<std::size_t>(error));
}

// Returns how many requests failed and why; `first` is the cause of the first failure. "0 failed",
// "84 failed: wrong reply (the server says: TEXT)", or "4 failed: 3 wrong reply, 1 timed out
// (first: TEXT)".
[[nodiscard]] std::string failures_text(const ErrorCounts& counts, std::string_view first);

}  // namespace yodel::client
