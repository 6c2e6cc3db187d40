// JSON values, RFC 8259, which the commands print for programs and read back. Only json.cpp
// includes the library behind them, because its header takes seconds to compile.
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

// A JSON value.
class Json {
 public:
  using Array = std::vector<Json>;
  // The members in the order in which they were added, and are written.
  using Object = std::vector<std::pair<std::string, Json>>;
  // A negative whole number is an int64_t, any other a uint64_t.
  using Value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                             Array, Object>;

  Json() = default;  // null
  // NOLINTBEGIN(google-explicit-constructor,hicpp-explicit-conversions): so that a literal is
  // a value.
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
  // Returns the value as `Type`, one of Value's; nullptr if it is of another type.
  template <typename Type>
  [[nodiscard]] const Type* get() const noexcept {
    return std::get_if<Type>(&value_);
  }
  [[nodiscard]] bool is_null() const noexcept {
    return std::holds_alternative<std::monostate>(value_);
  }
  // Returns a number as a double, which rounds large whole numbers; std::nullopt for other values.
  [[nodiscard]] std::optional<double> number() const noexcept;
  // Returns the member `key`, the last if there are several; nullptr if there is none, or if this
  // is not an object.
  [[nodiscard]] const Json* find(std::string_view key) const noexcept;

 private:
  Value value_;
};

// Returns `json` on one line, without a newline. Bytes that are not UTF-8 become U+FFFD: JSON must
// be UTF-8, but a file's name need not be. Characters that affect a terminal (utf8.hpp) are
// escaped.
[[nodiscard]] std::string to_string(const Json& json);

// The limits of a document. A value of two bytes of text takes at least 40 bytes of memory, and
// deep nesting exhausts the stack.
struct JsonLimits {
  std::size_t depth = 0;   // levels of arrays and objects
  std::size_t values = 0;  // in the whole document, including arrays and objects
  std::size_t text = 0;    // bytes in a string, a member's name, or the blanks between two tokens
};

// Reads a document. The error says where it is invalid, or exceeds one of `limits`, and why:
// "line 1, column 7: …", "run.list[2]: …". It may quote the document, so escape it before
// printing it.
[[nodiscard]] tl::expected<Json, std::string> parse_json(std::string_view text,
                                                         const JsonLimits& limits);

}  // namespace yodel::text
