// Points in time as text.
#pragma once

#include <ctime>
#include <string>

namespace yodel::text {

// Returns `time` in UTC in the form of RFC 3339 up to the seconds, "2026-11-22T23:33:05": a
// fraction and the "Z" are the caller's. Throws std::system_error if the year does not fit an int.
[[nodiscard]] std::string utc_timestamp(std::time_t time);

}  // namespace yodel::text
