// The format of records between the manager and the log writer: encoder and decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "log/record.hpp"

namespace yodel::log {

// By which journalctl(1), -t, finds the records of this daemon.
inline constexpr std::string_view identifier_field = "SYSLOG_IDENTIFIER=yodeld";

// Where a record is written, and how. `target` comes from resolve().
struct Output {
  config::Target target = config::Target::standard_error;
  config::Format format = config::Format::text;
};

// Each is "NAME=value", as in Record::fields().
using Fields = std::vector<std::string_view>;

// Returns the time of day in microseconds since 1970.
[[nodiscard]] std::int64_t time_of_day_usec();

// Returns `record` as bytes for the stream to the writer, stamped with the time of day.
[[nodiscard]] std::string encode(const Record& record, Output output);

struct Frame {
  std::int64_t time_usec;  // time of day at which the record was made
  Output output;
  Fields fields;     // views into the decoded bytes
  std::size_t size;  // of the whole frame, in bytes
};
// Returns the frame at the start of `bytes`, or std::nullopt if it is still incomplete.
[[nodiscard]] std::optional<Frame> decode(std::string_view bytes);

}  // namespace yodel::log
