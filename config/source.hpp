// Where settings come from, at the start and at each reload.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"

namespace yodel::config {

// A file; a stream, which can be read once, such as standard input ("-") or a pipe; or listeners
// from the command line, with all else at its default.
struct Source {
  std::string path{};
  bool may_be_missing = false;        // then the defaults hold
  std::optional<std::string> text{};  // of a stream, once read_stream() has read it
  std::vector<Listen> listeners{};    // of the command line; empty: there is a file or a stream
  bool was_empty = true;              // the file at the last load(), or there was none
  bool is_empty_in_force = true;      // the same when the settings in force were loaded
  bool is_in_force = false;           // put_in_force() was called

  // Returns how messages call it: the path, "standard input" or "--listen".
  [[nodiscard]] std::string name() const;
  // Returns whether the defaults hold because there is no such file, stat(2).
  [[nodiscard]] bool is_left_out() const;

  // Reads the whole text if this is a stream, and waits for its end for as long as that takes: the
  // caller has not blocked the signals that end a process. The error is what kept it from being
  // read.
  [[nodiscard]] tl::expected<void, Diagnostics> read_stream();

  // Returns the settings. The error is what load() of load.hpp says, or that a file has lost what
  // it said: one that is empty or missing, although the settings in force came from one that was
  // not, has been cut short or is being written. An empty stream is an error: whatever was to write
  // it has failed. What is no file is an error too once it is in force, for it cannot be read
  // again.
  [[nodiscard]] tl::expected<Loaded, Diagnostics> load();
  // Says that the settings that were loaded last are in force.
  void put_in_force() noexcept {
    is_empty_in_force = was_empty;
    is_in_force = true;
  }

  // Returns what is wrong with it, or doubtful, a line each.
  [[nodiscard]] std::string describe(const Diagnostics& diagnostics) const;
};

}  // namespace yodel::config
