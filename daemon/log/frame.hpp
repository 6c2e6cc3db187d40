// A record on its way from the manager to the log writer: both ends.
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

// "NAME=value" each, as in Record::fields().
using Fields = std::vector<std::string_view>;

// Returns the time of day in microseconds since 1970.
[[nodiscard]] std::int64_t time_of_day_usec();

// Returns `record` as bytes of the stream to the writer, stamped with the time of day. `target` is
// what resolve() returned.
[[nodiscard]] std::string encode(const Record& record, config::Target target);

struct Frame {
  std::int64_t time_usec;  // of day, when the record was made
  config::Target target;
  Fields fields;     // parts of the bytes that were decoded
  std::size_t size;  // in bytes, of the whole frame
};
// Returns the frame that `bytes` begin with, or std::nullopt if not all of it is there yet.
[[nodiscard]] std::optional<Frame> decode(std::string_view bytes);

}  // namespace yodel::log
