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

// Where settings come from, at the start and at each reload.
struct Source {
  std::string path;
  bool may_be_missing = false;    // then the defaults hold
  bool was_empty = true;          // the file at the last load(), or there was none
  bool is_empty_in_force = true;  // the same when the settings in force were loaded

  // Returns whether the defaults hold because there is no such file, stat(2).
  [[nodiscard]] bool is_left_out() const;

  // Returns the settings. The error is what load() above says, or that the file has lost what it
  // said: one that is empty or missing, although the settings in force came from one that was not,
  // has been cut short or is being written.
  [[nodiscard]] tl::expected<Loaded, Diagnostics> load();
  // Says that the settings that were loaded last are in force.
  void put_in_force() noexcept { is_empty_in_force = was_empty; }

  // Returns what is wrong with it, or doubtful, a line each.
  [[nodiscard]] std::string describe(const Diagnostics& diagnostics) const;
};

}  // namespace yodel::config
