// A JSON value, RFC 8259: what the commands print for programs, and read back. The library behind
// it is included in json.cpp alone, because its header takes seconds to compile.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace yodel::text {

class Json {
 public:
  using Array = std::vector<Json>;
  // In the order in which the members were added, and are written.
  using Object = std::vector<std::pair<std::string, Json>>;
  // A whole number below 0 is an int64_t, any other a uint64_t.
  using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                             Array, Object>;

  Json() = default;  // null
  // NOLINTBEGIN(google-explicit-constructor,hicpp-explicit-conversions): a value is written as
  // itself.
  Json(bool value) : value_(value) {}
  Json(std::unsigned_integral auto value) : value_(std::uint64_t{value}) {}
  Json(std::signed_integral auto value) {
    if (value < 0) {
      value_ = std::int64_t{value};
    } else {
      value_ = static_cast<std::uint64_t>(value);
    }
  }
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  template <typename Type>
  Json(const std::optional<Type>& value) {
    if (value) *this = Json(*value);
  }
  // NOLINTEND(google-explicit-constructor,hicpp-explicit-conversions)

  [[nodiscard]] const Value& value() const noexcept { return value_; }
  // The value as a `Type` of Value's; nullptr if it is of another type.
  template <typename Type>
  [[nodiscard]] const Type* get() const noexcept {
    return std::get_if<Type>(&value_);
  }
  [[nodiscard]] bool is_null() const noexcept {
    return std::holds_alternative<std::monostate>(value_);
  }
  // The value as a number, which a large whole one is only nearly; nullopt if it is none.
  [[nodiscard]] std::optional<double> number() const noexcept;
  // The member `key`, of several the last; nullptr if there is none, or this is no object.
  [[nodiscard]] const Json* find(std::string_view key) const noexcept;

 private:
  Value value_;
};

// Returns the value on one line, without a newline. Bytes that are not UTF-8 become U+FFFD, since
// JSON must be UTF-8 and a file's name need not.
[[nodiscard]] std::string to_string(const Json& json);

// How much a document may hold. Each value takes 40 bytes or more of memory, where its text takes
// two; values nested deeply exhaust the stack.
struct JsonLimits {
  std::size_t depth = 0;   // arrays and objects within each other
  std::size_t values = 0;  // in all; arrays and objects count too
  std::size_t text = 0;    // bytes of a text or of a member's name; blanks between two tokens
};

// Reads a whole document; stops with an error where it exceeds one of `limits`. The error says what
// is wrong and where: "line 1, column 7: …", "run.list[2]: …"; it may hold what the document does.
[[nodiscard]] tl::expected<Json, std::string> parse_json(std::string_view text,
                                                         const JsonLimits& limits);

}  // namespace yodel::text
