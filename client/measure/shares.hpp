// The two shares of a round trip.
#pragma once

#include <chrono>
#include <optional>

namespace yodel::client {

struct Shares {
  std::chrono::nanoseconds server{};  // from the arrival of the request to the sending of the reply
  std::chrono::nanoseconds network{};  // the rest
};

// Returns the shares of a round trip, of which the server claims to have spent `server`;
// std::nullopt if that cannot be, because its clock was set meanwhile.
[[nodiscard]] constexpr std::optional<Shares> shares_of(std::chrono::nanoseconds round_trip,
                                                        std::chrono::nanoseconds server) noexcept {
  if (server < std::chrono::nanoseconds::zero() || server > round_trip) return std::nullopt;
  return Shares{.server = server, .network = round_trip - server};
}

}  // namespace yodel::client
