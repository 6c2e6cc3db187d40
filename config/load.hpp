// Reads a file into Settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/settings.hpp"

namespace yodel::config {

// Valid settings, and where in the file they are, for warnings that come later.
struct Loaded {
  Settings settings;
  // Line 0 stands for a default.
  std::vector<Location> listeners;       // each listener's [[listen]]
  std::vector<Location> backlogs;        // each listener's backlog
  std::vector<Location> socket_buffers;  // each listener's socket_buffer
  Location sessions;                     // limits.sessions
  bool is_empty = true;                  // the file has no key and no table
};

// The maximum size of a file in bytes.
constexpr std::size_t max_file_size = std::size_t{1024} * 1024;

// Reads `text`, TOML 1.0. The error holds all errors in keys and values, in the order of the file,
// or, if `text` is not valid TOML, the first syntax error alone.
[[nodiscard]] tl::expected<Loaded, Diagnostics> parse(std::string_view text);

// Reads the file `path`, which must be a regular file of at most max_file_size bytes: a pipe whose
// writer is slow would look like a file that ends early. The error says why the file could not be
// read, or is that of parse().
[[nodiscard]] tl::expected<Loaded, Diagnostics> load(const std::string& path);

}  // namespace yodel::config
