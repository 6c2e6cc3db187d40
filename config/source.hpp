// The place from which the settings come, at startup and at each reload.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"

namespace yodel::config {

// A file; a stream, such as standard input ("-") or a pipe, which can be read only once; or
// listeners from the command line, with all other settings at their defaults.
struct Source {
  std::string path{};
  bool may_be_missing = false;        // without the file, the defaults apply
  std::optional<std::string> text{};  // what read_stream() has read
  std::vector<Listen> listeners{};    // from the command line; empty for a file or a stream
  bool was_empty = true;              // the last load() found the file empty or missing
  bool is_empty_in_force = true;      // so did the load() of the settings in force
  bool is_in_force = false;           // put_in_force() has been called

  // Returns the name of the source in messages: the path, "standard input" or "--listen".
  [[nodiscard]] std::string name() const;
  // Returns whether the defaults apply because the file does not exist, stat(2).
  [[nodiscard]] bool uses_defaults() const;

  // Reads a stream to its end, without a limit of time: the caller must not yet have blocked the
  // signals that end a process. Does nothing for other sources. The error says why the stream could
  // not be read.
  [[nodiscard]] tl::expected<void, Diagnostics> read_stream();

  // Returns the settings. The error is that of load() in load.hpp, or one of these: a file that is
  // empty or missing although the settings in force came from one that had content, since it has
  // been cut short or is being written; an empty stream, since the program that should have written
  // it has failed; and, once its settings are in force, anything but a file, since it cannot be
  // read again.
  [[nodiscard]] tl::expected<Loaded, Diagnostics> load();
  // Records that the settings of the last load() are in force.
  void put_in_force() noexcept {
    is_empty_in_force = was_empty;
    is_in_force = true;
  }

  // Returns `diagnostics` as text, one line each.
  [[nodiscard]] std::string describe(const Diagnostics& diagnostics) const;
};

}  // namespace yodel::config
