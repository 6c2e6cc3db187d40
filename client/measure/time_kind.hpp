// The times that a run measures, in one list.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yodel::client {

enum class TimeKind : std::uint8_t {
  since_intended_start,
  round_trip,
  server,
  network,
  whole,
  connect,
  first_byte,
  send_delay
};

struct TimeKindEntry {
  std::string_view key;   // in JSON
  std::string_view name;  // for people
  std::string_view meaning;
  bool of_client = false;  // it describes the client, not the server
  bool of_probe = false;   // only probe servers measure it
};

// By TimeKind.
constexpr std::array<TimeKindEntry, 8> time_kinds{{
    {"since_intended_start", "since intended start",
     "from when a request was due to the end of its reply, which corrects for coordinated "
     "omission"},
    {"round_trip", "round trip", "from the sending of a request to the end of its reply"},
    {"server", "server",
     "the server’s share of the round trip, by its clock: from when its kernel had the request to "
     "when the reply was sent",
     false, true},
    {"network", "network",
     "the rest of the round trip: the way there and back, and the client’s own waiting", false,
     true},
    {"whole", "whole connection", "from connect(2) to the server’s end of file"},
    {"connect", "connect", "from connect(2) until the connection was established"},
    {"first_byte", "first byte", "from connect(2) to the server’s first byte"},
    {"send_delay", "send delay", "how late a request was sent although a connection was free",
     true},
}};

[[nodiscard]] constexpr std::size_t index_of(TimeKind kind) noexcept {
  return static_cast<std::size_t>(kind);
}
static_assert(index_of(TimeKind::send_delay) + 1 == time_kinds.size());

}  // namespace yodel::client
