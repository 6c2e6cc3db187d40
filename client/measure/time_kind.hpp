// The times that a run measures: the one list of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yodel::client {

enum class TimeKind : std::uint8_t {
  since_intended_start,
  round_trip,
  whole,
  connect,
  first_byte,
  send_delay
};

struct TimeKindEntry {
  std::string_view key;   // in JSON
  std::string_view name;  // for people
  std::string_view meaning;
  bool of_client = false;  // it tells of the client, not of the server
};

// By TimeKind.
constexpr std::array<TimeKindEntry, 6> time_kinds{{
    {"since_intended_start", "since intended start",
     "from when a request was due until its reply was whole"},
    {"round_trip", "round trip", "from the send of a request until its reply was whole"},
    {"whole", "whole connection", "from connect(2) until the server’s end of file"},
    {"connect", "connect", "from connect(2) until the connection was there"},
    {"first_byte", "first byte", "from connect(2) until the server’s first byte"},
    {"send_delay", "send delay", "how late a request was sent although a connection was free",
     true},
}};

[[nodiscard]] constexpr std::size_t index_of(TimeKind kind) noexcept {
  return static_cast<std::size_t>(kind);
}
static_assert(index_of(TimeKind::send_delay) + 1 == time_kinds.size());

}  // namespace yodel::client
