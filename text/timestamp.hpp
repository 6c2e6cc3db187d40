// Points in time as text.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

namespace yodel::text {

// Returns `time` in UTC in the form of RFC 3339 up to the seconds, "2026-11-22T23:33:05": a
// fraction and the "Z" are the caller's. Throws std::system_error if the year does not fit an int.
[[nodiscard]] std::string utc_timestamp(std::time_t time);
// The whole of it, with microseconds: "2026-11-22T23:33:05.123456Z".
[[nodiscard]] std::string utc_timestamp(std::chrono::system_clock::time_point time);

// Returns `time` as seconds since 1970 with microseconds, as ping(8) has it: "1764432000.123456".
[[nodiscard]] std::string epoch_timestamp(std::chrono::system_clock::time_point time);

}  // namespace yodel::text
