#include "text/json_place.hpp"

#include <fmt/format.h>

#include "text/quote.hpp"

namespace yodel::text {

Place Place::operator[](std::string_view key) const {
  if (value_->get<Json::Object>() == nullptr) throw mismatch("an object");
  const auto* const member = value_->find(key);
  const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  if (member == nullptr) throw Mismatch{path + ": missing"};
  return Place(*member, path);
}

std::uint64_t Place::count() const {
  const auto* const number = value_->get<std::uint64_t>();
  if (number != nullptr && *number <= max_number) return *number;
  throw mismatch(fmt::format("a whole number from 0 to {}", max_number));
}

double Place::number(double min, double max) const {
  const auto number = value_->number();
  if (number && *number >= min && *number <= max) return *number;
  throw mismatch(fmt::format("a number from {:g} to {:g}", min, max));
}

std::vector<Place> Place::items(std::size_t max) const {
  const auto& array = *expect<Json::Array>("an array");
  if (array.size() > max)
    throw wrong(fmt::format("expected at most {} items, got {}", max, array.size()));
  std::vector<Place> all;
  all.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i)
    all.emplace_back(array[i], fmt::format("{}[{}]", path_, i));
  return all;
}

Mismatch Place::wrong(std::string_view what) const {
  return {fmt::format("{}: {}", path_.empty() ? "the document" : path_, what)};
}

Mismatch Place::mismatch(std::string_view expected) const {
  std::string there;
  if (value_->get<Json::Object>() != nullptr) {
    there = "an object";
  } else if (value_->get<Json::Array>() != nullptr) {
    there = "an array";
  } else if (const auto* const text = value_->get<std::string>()) {
    there = excerpt(*text);
  } else {
    there = to_string(*value_);
  }
  return wrong(fmt::format("expected {}, got {}", expected, there));
}

}  // namespace yodel::text
