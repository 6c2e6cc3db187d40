#include "client/readers.hpp"

#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "text/credentials.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// Returns std::nullopt unless the whole of `text` is a number of that type.
template <typename Number>
std::optional<Number> number_of(const std::string& text) {
  Number number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string excerpt_of(const std::string& word) {
  const std::size_t option = word.starts_with('-') ? word.find('=') + 1 : 0;
  return text::excerpt(word.substr(0, option) + text::without_credentials(word.substr(option)));
}

tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                           std::uint64_t max) {
  const auto number = number_of<std::uint64_t>(text);
  if (number && *number > 0 && *number <= max) return *number;
  return tl::make_unexpected(
      fmt::format("{} is not a whole number from 1 to {}", excerpt_of(text), max));
}

tl::expected<double, std::string> read_number(const std::string& text, double min, double max) {
  const auto number = number_of<double>(text);
  if (number && *number >= min && *number <= max) return *number;
  return tl::make_unexpected(
      fmt::format("{} is not a number from {} to {}", excerpt_of(text), min, max));
}

tl::expected<std::chrono::nanoseconds, std::string> read_duration(const std::string& text) {
  const auto duration = text::parse_seconds(text);
  if (duration && duration->count() > 0) return *duration;
  return tl::make_unexpected(fmt::format(
      "{} is not a valid time; expected one above zero and up to 365d, such as 500ms, 2.5s, "
      "1m30s or a number of seconds",
      excerpt_of(text)));
}

}  // namespace yodel::client
