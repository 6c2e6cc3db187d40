// Names of hosts that are not ASCII: RFC 5890, internationalized domain names.
#pragma once

#include <string_view>

namespace yodel::client {

// Returns whether `name` holds a byte that is none of ASCII's.
[[nodiscard]] bool is_unicode_name(std::string_view name) noexcept;

// Sets the process's character set, setlocale(3), to the one that `name` is in: UTF-8 if it is
// that, whatever the environment says, which in a service or a cron job says nothing; else that of
// the environment. Those that bring a name into the form of the DNS read it by that: AI_IDN of
// getaddrinfo(3), and libcurl. To be called for such names alone: it costs each start 60 µs.
void set_character_set_for(std::string_view name) noexcept;

}  // namespace yodel::client
