// Points in time as text.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

namespace yodel::text {

// Returns `time` in UTC as in RFC 3339, without a fraction and the final "Z", which the caller can
// add: "2026-11-22T23:33:05". Throws std::system_error if the year does not fit into an int.
[[nodiscard]] std::string utc_timestamp(std::time_t time);
// Returns the complete form, with microseconds: "2026-11-22T23:33:05.123456Z".
[[nodiscard]] std::string utc_timestamp(std::chrono::system_clock::time_point time);

// Returns `time` in seconds since 1970 with microseconds, as ping -D prints it:
// "1764432000.123456".
[[nodiscard]] std::string epoch_timestamp(std::chrono::system_clock::time_point time);

}  // namespace yodel::text
