#include "client/fetch/url.hpp"

#include <algorithm>
#include <charconv>
#include <climits>
#include <curl/curl.h>
#include <fmt/format.h>
#include <memory>

#include "client/connection/unicode_name.hpp"
#include "protocol/endpoint.hpp"
#include "text/credentials.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Handle make_handle() {
  return {curl_url(), &curl_url_cleanup};
}

// Returns a part of the URL, or std::nullopt if it has none.
std::optional<std::string> part(const Handle& handle, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), which, &text, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return std::string(text);
}

std::string shown(const Handle& handle, std::string_view text) {
  curl_url_set(handle.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(handle.get(), CURLUPART_PASSWORD, nullptr, 0);
  auto url = part(handle, CURLUPART_URL);
  return url ? *std::move(url) : text::without_credentials(text);
}

std::string host_of(const Handle& handle) {
  std::string host = part(handle, CURLUPART_HOST).value_or("");
  if (!host.starts_with('[')) return host;
  host = host.substr(1, host.size() - 2);
  if (const auto zone = part(handle, CURLUPART_ZONEID)) host += "%" + *zone;
  return host;
}

// Puts a host name in Unicode into the form that the DNS uses, RFC 5890. Returns false if that is
// not possible.
bool encode_host(const Handle& handle) {
  const auto host = part(handle, CURLUPART_HOST).value_or("");
  if (!is_unicode_name(host)) return true;
  set_character_set_for(host);
  const auto encoded = part(handle, CURLUPART_HOST, CURLU_PUNYCODE);
  return encoded && curl_url_set(handle.get(), CURLUPART_HOST, encoded->c_str(), 0) == CURLUE_OK;
}

Url take_apart(const Handle& handle, std::string_view text) {
  Url url;
  url.text = part(handle, CURLUPART_URL).value_or(std::string(text));
  url.scheme = part(handle, CURLUPART_SCHEME).value_or("");
  url.host = host_of(handle);
  const auto port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  url.authority = part(handle, CURLUPART_HOST).value_or("");
  if (const auto given = part(handle, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT)) {
    url.authority += ":" + *given;
  }
  url.target = part(handle, CURLUPART_PATH).value_or("/");
  if (const auto query = part(handle, CURLUPART_QUERY)) url.target += "?" + *query;
  url.has_user = part(handle, CURLUPART_USER) || part(handle, CURLUPART_PASSWORD);
  url.shown = shown(handle, url.text);
  return url;
}

constexpr int hexadecimal = 16;

// Returns `text` with each escape such as "%41" decoded, RFC 3986, 2.1. Any other '%' stays.
std::string percent_decoded(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    unsigned byte = 0;
    const auto* const digits = text.data() + 1;
    const bool escape = text.size() > 2 && text[0] == '%' &&
                        std::from_chars(digits, digits + 2, byte, hexadecimal).ptr == digits + 2;
    result += escape ? static_cast<char>(byte) : text[0];
    text.remove_prefix(escape ? 3 : 1);
  }
  return result;
}

// Returns whether `host` is a link-local address without its interface.
bool lacks_zone(const std::string& host) {
  const auto endpoint = protocol::parse_endpoint(host);
  return endpoint && protocol::is_link_local(*endpoint) && endpoint->zone.empty();
}

}  // namespace

tl::expected<Url, std::string> parse_url(std::string_view text) {
  const auto problem = [text](std::string_view what) {
    return tl::make_unexpected(fmt::format("{}: {}; expected http://HOST/PATH or https://HOST/PATH",
                                           text::excerpt(text::without_credentials(text)), what));
  };
  const auto handle = make_handle();
  // The parser is lenient: it would drop some of these and send others as they are.
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; })) {
    return problem("a space or a control character in the URL");
  }
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(),
                                      CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_BAD_SCHEME) return problem("no scheme");
  if (code == CURLUE_BAD_PORT_NUMBER) return problem("not a port");
  if (code == CURLUE_NO_HOST) return problem("no host");
  if (code != CURLUE_OK) return problem("not a URL");
  if (!encode_host(handle)) return problem("the DNS has no form for this host name (IDNA)");
  Url url = take_apart(handle, text);
  if (url.scheme != "http" && url.scheme != "https") return problem("not an http or https URL");
  if (url.host.empty()) return problem("no host");
  if (url.port == 0) return problem("not a port");
  if (lacks_zone(url.host)) {
    return tl::make_unexpected(
        fmt::format("{}: a link-local address needs its interface, as in [fe80::1%25eth0]",
                    text::printable(url.shown)));
  }
  return url;
}

std::string without_user(const std::string& text) {
  const auto handle = make_handle();
  if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return text::without_credentials(text);
  }
  return shown(handle, text);
}

std::optional<std::string> resolve_reference(const std::string& url, const std::string& reference) {
  const auto handle = make_handle();
  // As libcurl itself reads a Location.
  constexpr unsigned lenient = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE;
  if (curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), lenient) != CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(), lenient) != CURLUE_OK) {
    return std::nullopt;
  }
  // libcurl, which will follow it, reads the host in the character set of the locale.
  const auto host = part(handle, CURLUPART_HOST).value_or("");
  if (is_unicode_name(host)) set_character_set_for(host);
  return shown(handle, reference);
}

tl::expected<std::string, std::string> file_name_in(const Url& url) {
  const auto path = std::string_view(url.target).substr(0, url.target.find('?'));
  std::string name = percent_decoded(path.substr(path.rfind('/') + 1));
  if (name.empty()) return tl::make_unexpected("the URL names no file");
  const auto unfit = [&name](std::string_view why) {
    return tl::make_unexpected(fmt::format("{} {}", text::excerpt(name), why));
  };
  if (name == "." || name == ".." || name.find('/') != std::string::npos) {
    return unfit("in the URL is not a file name");
  }
  if (text::printable(name) != name) return unfit("in the URL has unprintable characters");
  if (name.size() > NAME_MAX) return unfit("in the URL is too long for a file name");
  return name;
}

}  // namespace yodel::client::fetch
