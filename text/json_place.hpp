// Reads a JSON document that may not be as expected: typed access, and errors with their place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/json.hpp"

namespace yodel::text {

// A double still represents every whole number up to here exactly.
constexpr std::uint64_t max_number = 1'000'000'000'000'000;

// An error at a place, thrown by all functions of Place that return an expected type. The text
// begins with the place: "run.threads: …".
struct Mismatch {
  std::string text;
};

// A value and its path in the document. The document must outlive it.
class Place {
 public:
  explicit Place(const Json& value, std::string path = {})
      : value_(&value), path_(std::move(path)) {}

  // Returns whether an object has a member `key`.
  [[nodiscard]] bool has(std::string_view key) const { return value_->find(key) != nullptr; }
  // Returns the member `key` of an object.
  [[nodiscard]] Place operator[](std::string_view key) const;
  [[nodiscard]] bool is_null() const { return value_->is_null(); }
  [[nodiscard]] bool flag() const { return *expect<bool>("true or false"); }
  // Returns a whole number from 0 to max_number.
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double number(double min, double max) const;
  [[nodiscard]] std::string text() const { return *expect<std::string>("a string"); }
  // Returns the items of an array of at most `max`.
  [[nodiscard]] std::vector<Place> items(std::size_t max) const;
  // Returns the error to throw if `what` is wrong at this place.
  [[nodiscard]] Mismatch wrong(std::string_view what) const;

 private:
  template <typename Type>
  [[nodiscard]] const Type* expect(std::string_view expected) const {
    const auto* const found = value_->get<Type>();
    if (found == nullptr) throw mismatch(expected);
    return found;
  }
  [[nodiscard]] Mismatch mismatch(std::string_view expected) const;

  const Json* value_;
  std::string path_;
};

}  // namespace yodel::text
