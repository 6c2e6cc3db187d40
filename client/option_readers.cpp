#include "client/option_readers.hpp"

#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "client/quote.hpp"

namespace yodel::client {
namespace {

// nullopt: the whole of `text` is no number of that type.
template <typename Number>
std::optional<Number> number_of(const std::string& text) {
  Number number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                           std::uint64_t greatest) {
  const auto number = number_of<std::uint64_t>(text);
  if (number && *number > 0 && *number <= greatest) return *number;
  return tl::make_unexpected(
      fmt::format("{} is not a whole number from 1 to {}", quote(text), greatest));
}

tl::expected<double, std::string> read_number(const std::string& text, double least,
                                              double greatest) {
  const auto number = number_of<double>(text);
  if (number && *number >= least && *number <= greatest) return *number;
  return tl::make_unexpected(
      fmt::format("{} is not a number from {} to {}", quote(text), least, greatest));
}

}  // namespace yodel::client
