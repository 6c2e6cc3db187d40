#include "client/exchange/server_error.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "text/quote.hpp"
#include "text/utf8.hpp"

namespace yodel::client {
namespace {

// At most this many bytes of the server's error are shown: a few lines of a terminal.
constexpr std::size_t max_shown = 300;

}  // namespace

std::optional<std::string_view> error_in(std::string_view received) {
  if (!received.starts_with(error_prefix)) return std::nullopt;
  return received.substr(error_prefix.size());
}

bool is_whole_error(std::string_view received) {
  return error_in(received) && received.find('\n') != std::string_view::npos;
}

bool may_be_error(std::string_view received) {
  return error_in(received) ? !is_whole_error(received) : error_prefix.starts_with(received);
}

std::string error_text(std::string_view error) {
  std::size_t size = std::min(error.size(), max_shown);
  while (size < error.size() && text::is_continuation(error[size]))
    --size;
  return fmt::format("the server says: {}{}", text::printable(error.substr(0, size)),
                     size < error.size() ? "…" : "");
}

}  // namespace yodel::client
