// From a file to Settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/settings.hpp"

namespace yodel::config {

// Valid settings, and where in the file they came from, for those who find fault with them later.
struct Loaded {
  Settings settings;
  std::vector<Location> listeners;       // of each listener's [[listen]]; line 0: it is the default
  std::vector<Location> backlogs;        // of each listener's backlog; line 0: it is the default
  std::vector<Location> socket_buffers;  // of each listener's socket_buffer; the same
  Location sessions;                     // of limits.sessions; line 0: it is the default
  bool is_empty = true;                  // the file says nothing
};

// A file that is larger is none of ours.
constexpr std::size_t max_file_size = std::size_t{1024} * 1024;

// Returns what a file's text, TOML 1.0, says. The error holds all faults of meaning in the order of
// the file; of a text that does not parse, its first fault and no other.
[[nodiscard]] tl::expected<Loaded, Diagnostics> parse(std::string_view text);

// Returns what the file `path` says, which must be a regular file of at most max_file_size bytes.
// (From a pipe, what has not been written yet looks like a file that ends early.)
// The error is what kept it from being read, or that of parse().
[[nodiscard]] tl::expected<Loaded, Diagnostics> load(const std::string& path);

}  // namespace yodel::config
