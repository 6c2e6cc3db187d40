// [[listen]].
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/settings.hpp"
#include "config/toml_names.hpp"

namespace yodel::config {

// One [[listen]], and where it is in the file.
struct ReadListener {
  Listen listen{};
  Location where{};              // line 0: nowhere
  Location name{};               // of its value; line 0: it has none
  Location backlog{};            // of its value; line 0: it has none
  Location socket_buffer{};      // the same
  bool endpoint_is_sure = true;  // no fault leaves open what it was meant to be
};

// Reads an address that one host can have, without its port. The error says what was expected.
[[nodiscard]] tl::expected<protocol::Endpoint, std::string> parse_address(std::string_view text);

// Returns whether others may be in its way: a port of 0 is another one each time.
[[nodiscard]] bool has_address(const protocol::Endpoint& endpoint) noexcept;

[[nodiscard]] std::vector<ReadListener> read_listeners(
    const std::vector<const toml::table*>& tables, Diagnostics& faults);

// Adds a fault for each listener that has the name or the address of an earlier one, or the port of
// an earlier one and an address of which one includes the other.
void refuse_duplicates(const std::vector<ReadListener>& listeners, Diagnostics& faults);

}  // namespace yodel::config
