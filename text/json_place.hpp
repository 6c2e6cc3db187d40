// Reading a JSON document of others: what stands at each place, and what is wrong there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/json.hpp"

namespace yodel::text {

// Beyond it a double no longer tells all whole numbers apart.
constexpr std::uint64_t max_number = 1'000'000'000'000'000;

// What stands at a place is not what is expected there. Thrown by all functions of Place that
// return what they expect; the text begins with the place, "run.threads: …".
struct Mismatch {
  std::string text;
};

// A value and where in the document it stands. The document must outlive it.
class Place {
 public:
  explicit Place(const Json& value, std::string path = {})
      : value_(&value), path_(std::move(path)) {}

  // The member `key` of an object.
  [[nodiscard]] Place operator[](std::string_view key) const;
  [[nodiscard]] bool is_null() const { return value_->is_null(); }
  [[nodiscard]] bool flag() const { return *expect<bool>("true or false"); }
  // A whole number from 0 to max_number.
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double number(double least, double greatest) const;
  [[nodiscard]] std::string text() const { return *expect<std::string>("a text"); }
  // The items of a list, of which there may be `max`.
  [[nodiscard]] std::vector<Place> items(std::size_t max) const;
  // What to throw where `what` is wrong here.
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
