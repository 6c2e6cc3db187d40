#include "text/size.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace yodel::text {
namespace {

struct Unit {
  std::string_view name;
  std::string_view letter;
  std::uint64_t bytes;
};
// From the largest to the smallest.
constexpr std::array<Unit, 4> units{{
    {"GiB", "G", 1ULL << 30},
    {"MiB", "M", 1ULL << 20},
    {"KiB", "K", 1ULL << 10},
    {"", "", 1},
}};
constexpr std::uint64_t max_size = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const auto name = text.substr(static_cast<std::size_t>(stop - text.data()));
  const auto* const unit = std::find_if(units.begin(), units.end(), [name](const Unit& each) {
    return each.name == name || each.letter == name;
  });
  if (unit == units.end() || number == 0 || number > max_size / unit->bytes) return std::nullopt;
  return number * unit->bytes;
}

std::string print_size(std::uint64_t size) {
  const auto* const unit = std::find_if(
      units.begin(), units.end(), [size](const Unit& each) { return size % each.bytes == 0; });
  return std::to_string(size / unit->bytes).append(unit->name);
}

}  // namespace yodel::text
