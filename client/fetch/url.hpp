// The URL of a page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace yodel::client::fetch {

// The parts of an http or https URL, RFC 3986, section 3, and RFC 9110, section 4.2.
struct Url {
  std::string text;        // the whole, as libcurl takes it
  std::string shown;       // the same without user name and password, for messages
  std::string scheme;      // "http" or "https"
  std::string host;        // a name or an address: IPv6 without brackets, with its %zone
  std::uint16_t port = 0;  // as given, or the scheme's
  bool has_user = false;   // it has a user name or a password
  std::string authority;   // what the Host field says, RFC 9110, 7.2: "[::1]:8080", "example.com"
  std::string target;      // path and query, RFC 9112, 3.2.1: begins with '/'
};

// Parses `text`, with libcurl's parser, libcurl-url(3). The error says what is wrong with it, and
// shows no password.
[[nodiscard]] tl::expected<Url, std::string> parse_url(std::string_view text);

// Returns `text` without user name and password, or text::without_credentials() if it is not a URL.
[[nodiscard]] std::string without_user(const std::string& text);

// Returns the URL that `reference` leads to from the page at `url`, RFC 3986, 5, without user name
// and password and of any scheme, or std::nullopt if it is not a URL.
[[nodiscard]] std::optional<std::string> resolve_reference(const std::string& url,
                                                           const std::string& reference);

// Returns the name of the file for the page at `url`: the last component of its path, with percent
// escapes decoded. It is one printable component, neither "." nor "..", and not too long for a file
// system, so no server and no URL can lead out of the current folder. The error says why there is
// no such name.
[[nodiscard]] tl::expected<std::string, std::string> file_name_in(const Url& url);

}  // namespace yodel::client::fetch
