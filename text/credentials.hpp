// Keeps user names and passwords out of messages.
#pragma once

#include <string>
#include <string_view>

namespace yodel::text {

// Returns `text`, a URL or a failed attempt at one, without a possible user name and password:
// removes everything before the last '@' except a scheme with "://" at the beginning (RFC 3986, 3).
// This hides too much if the '@' has another meaning, but never too little: in a text that cannot
// be parsed, nobody knows where the password ends. A text without '@' is returned unchanged.
[[nodiscard]] std::string without_credentials(std::string_view text);

// Returns `message` without the user names and passwords of any URLs in it, including those that a
// library or a server has put there.
[[nodiscard]] std::string hide_credentials(std::string_view message);

}  // namespace yodel::text
