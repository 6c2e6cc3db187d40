// The protocols that a listener can speak, in a single list.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace yodel::protocol {

enum class Protocol : std::uint8_t { greet, echo, probe };
constexpr std::array all_protocols{Protocol::greet, Protocol::echo, Protocol::probe};

// Returns the protocol's name in yodeld.toml and in journal records.
[[nodiscard]] constexpr std::string_view name(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::greet: return "greet";
    case Protocol::echo: return "echo";
    case Protocol::probe: return "probe";
  }
  return {};
}

// Returns the protocol with this name(), or std::nullopt if there is none.
[[nodiscard]] constexpr std::optional<Protocol> protocol_named(std::string_view word) noexcept {
  for (const Protocol protocol : all_protocols) {
    if (name(protocol) == word) return protocol;
  }
  return std::nullopt;
}

// Returns the TCP port of a listener whose table in yodeld.toml has no `port`.
[[nodiscard]] constexpr std::uint16_t default_port(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::greet: return 9999;
    case Protocol::echo: return 9998;
    case Protocol::probe: return 9997;
  }
  return 0;
}

// Returns whether `protocol`, which may come from another process, is in the list.
[[nodiscard]] constexpr bool is_valid(Protocol protocol) noexcept {
  return std::find(all_protocols.begin(), all_protocols.end(), protocol) != all_protocols.end();
}

// The compiler refuses a protocol without a name, -Werror=switch. This refuses one that has a name
// but is missing from the list.
static_assert([] {
  for (int value = 0; value <= UINT8_MAX; ++value) {
    const auto protocol = static_cast<Protocol>(value);
    if (is_valid(protocol) == name(protocol).empty()) return false;
  }
  return true;
}());

}  // namespace yodel::protocol
