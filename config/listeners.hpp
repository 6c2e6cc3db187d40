// Reads [[listen]] tables.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/settings.hpp"
#include "config/toml_names.hpp"

namespace yodel::config {

// One [[listen]], and the places of its parts in the file.
struct ReadListener {
  Listen listen{};
  Location where{};               // line 0: a built-in default
  Location name{};                // the place of the value; line 0 if the key is absent
  Location backlog{};             // likewise
  Location socket_buffer{};       // likewise
  bool endpoint_is_valid = true;  // false: an error leaves open which endpoint was meant
};

// Reads a unicast address, or the path of a Unix socket, without its port. The error says what was
// expected.
[[nodiscard]] tl::expected<protocol::Endpoint, std::string> parse_address(std::string_view text);

// Returns whether another listener can have the same endpoint. Port 0 is a free port, and so a
// different one each time.
[[nodiscard]] bool has_address(const protocol::Endpoint& endpoint) noexcept;

// Reads each of `tables`, and adds their errors to `faults`.
[[nodiscard]] std::vector<ReadListener> read_listeners(
    const std::vector<const toml::table*>& tables, Diagnostics& faults);

// Adds an error for each listener that has the name or the endpoint of an earlier one, or that
// overlaps with an earlier one on the same port.
void refuse_duplicates(const std::vector<ReadListener>& listeners, Diagnostics& faults);

}  // namespace yodel::config
