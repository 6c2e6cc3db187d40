#include "client/exchange/exchange.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "protocol/greet.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

constexpr std::string_view error_prefix = "error: ";

std::string_view ending_of(Service service) {
  return service == Service::greet_lines ? "\n" : "";
}

}  // namespace

std::string request_of(Service service, std::string_view payload) {
  return std::string(payload).append(ending_of(service));
}

std::string reply_of(Service service, std::string_view payload) {
  if (service == Service::echo) return std::string(payload);
  return protocol::reply_to(payload).append(ending_of(service));
}

std::string farewell_of(Service service) {
  return service == Service::echo ? std::string() : request_of(service, protocol::exit_message);
}

bool has_welcome(Service service) noexcept {
  return service != Service::echo;
}

bool takes_several(Service service) noexcept {
  return service != Service::greet_unframed;
}

Match match(std::string_view received, std::string_view expected) noexcept {
  if (received.starts_with(expected)) return Match::right;
  return expected.starts_with(received) ? Match::incomplete : Match::wrong;
}

std::string difference(std::string_view expected, std::string_view got) {
  std::string text =
      fmt::format("expected {}, got {}", text::excerpt(expected), text::excerpt(got));
  const auto first = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end()).first -
                     expected.begin();
  // Both are cut before the place where they part.
  if (static_cast<std::size_t>(first) >= text::excerpt_size) {
    text += fmt::format(" (different from byte {} on)", first + 1);
  }
  return text;
}

std::optional<std::string_view> server_error(std::string_view received) {
  // The newline of the last reply, where it was still to come.
  if (received.starts_with('\n')) received.remove_prefix(1);
  const auto newline = received.find('\n');
  if (!received.starts_with(error_prefix) || newline == std::string_view::npos) return std::nullopt;
  return received.substr(error_prefix.size(), newline - error_prefix.size());
}

}  // namespace yodel::client
