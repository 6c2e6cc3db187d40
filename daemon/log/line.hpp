// Formats a record as one line of standard error, for people or as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "log/frame.hpp"

namespace yodel::log {

// The reader of standard error, which determines the format of a line.
enum class Reader : std::uint8_t {
  person,   // a terminal: time, level, message
  program,  // a file or a pipe: the same, then the fields as name=value
  journal   // "<6>" and the message, sd-daemon(3); the journal adds the time
};
// Returns the reader of this process's standard error.
[[nodiscard]] Reader reader_of_stderr();

// Appends the record to `lines` as one line, in the format of its output: text for `reader`, or a
// JSON object, as `journalctl -o json` prints one, with the fields that the journal would have,
// each a string, and the time at which the record was made. Escapes control characters, so that
// text from a peer or a file can neither add a line nor send escape sequences to a terminal.
void append_line(std::string& lines, const Frame& frame, Reader reader);

}  // namespace yodel::log
