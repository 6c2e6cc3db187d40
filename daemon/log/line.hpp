// A record as one line of standard error.
#pragma once

#include <cstdint>
#include <string>

#include "log/frame.hpp"

namespace yodel::log {

// The reader of standard error determines the format of a line.
enum class Reader : std::uint8_t {
  person,   // on a terminal: time, level, message
  program,  // a file or a pipe: the fields follow, name=value
  journal   // sd-daemon(3): "<6>" and the message; the journal adds the time
};
[[nodiscard]] Reader reader_of_stderr();

// Adds the record as one line to `lines`. Control characters are escaped: a line stays one line,
// and what a peer or a file said does not steer a terminal.
void append_line(std::string& lines, const Frame& frame, Reader reader);

}  // namespace yodel::log
