// User names and passwords, which no message shows.
#pragma once

#include <string>
#include <string_view>

namespace yodel::text {

// Returns `text`, which may be a URL or was meant as one, without what may be a user name and a
// password: all that stands before its last '@', but for a scheme with "://" at its beginning
// (RFC 3986, 3). That hides too much of a text with an '@' elsewhere, and never too little: what
// cannot be parsed does not tell where its password ends. A text without an '@' comes back as it
// is.
[[nodiscard]] std::string without_credentials(std::string_view text);

// Returns a message without the user names and passwords of the URLs in it, whoever has put them
// there.
[[nodiscard]] std::string hide_credentials(std::string_view message);

}  // namespace yodel::text
