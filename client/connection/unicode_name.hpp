// Host names that are not ASCII: internationalized domain names, RFC 5890.
#pragma once

#include <string_view>

namespace yodel::client {

// Returns whether `name` has a byte outside ASCII.
[[nodiscard]] bool is_unicode_name(std::string_view name) noexcept;

// Sets the character set of this process, setlocale(3), by which AI_IDN of getaddrinfo(3) and
// libcurl read a name that they convert for the DNS: to UTF-8 if `name` is valid UTF-8, whatever
// the environment says (in a service or a cron job it says nothing); otherwise to that of the
// environment. Call it only for names that need it: it takes 60 µs.
void set_character_set_for(std::string_view name) noexcept;

}  // namespace yodel::client
