#include "text/json.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "text/utf8.hpp"

namespace yodel::text {
namespace {

using Library = nlohmann::ordered_json;

Library to_library(const Json& json);

struct Converter {
  Library operator()(std::monostate /*null*/) const { return {}; }
  Library operator()(const Json::Array& items) const {
    Library array = Library::array();
    for (const auto& item : items)
      array.push_back(to_library(item));
    return array;
  }
  Library operator()(const Json::Object& members) const {
    Library object = Library::object();
    for (const auto& [key, value] : members)
      object[key] = to_library(value);
    return object;
  }
  Library operator()(const auto& scalar) const { return scalar; }
};

Library to_library(const Json& json) {
  return std::visit(Converter(), json.value());
}

// Returns `json` with the characters escaped that the library leaves as they are, but that affect a
// terminal. All of them are below U+10000, and stand in strings.
std::string escaped_for_terminals(std::string_view json) {
  std::string text;
  while (!json.empty()) {
    auto size = printable_size(json);
    if (size > 0) {
      text += json.substr(0, size);
    } else {
      size = character_size(json);
      text += fmt::format("\\u{:04x}", code_point(json.substr(0, size)));
    }
    json.remove_prefix(size);
  }
  return text;
}

// Builds the value from the parser's events, nlohmann::json_sax. The library's own builder searches
// all previous keys of an object for each new one, which takes minutes for a hostile file.
class Builder {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return fits(value) && add(std::move(value)); }
  static bool binary(Library::binary_t& /*value*/) { return false; }
  bool key(std::string& name) {
    open_.back().key = std::move(name);
    return fits(open_.back().key);
  }
  bool start_object(std::size_t /*size*/) { return open(Json::Object()); }
  bool start_array(std::size_t /*size*/) { return open(Json::Array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 7: …"
    std::string_view what = error.what();
    what.remove_prefix(what.find("] ") + 2);
    constexpr std::string_view before = "parse error at ";
    if (!what.starts_with(before)) return fail(what);
    error_ = what.substr(before.size());
    return false;
  }

  tl::expected<Json, std::string> result() {
    if (!error_.empty()) return tl::make_unexpected(error_);
    return std::move(whole_);
  }

 private:
  // An array or object that has not ended yet.
  struct Open {
    std::variant<Json::Array, Json::Object> content;
    std::string key{};  // in an object, the name of the next value
  };

  // Returns the path of the next value, with long names cut short.
  [[nodiscard]] std::string place() const {
    constexpr std::size_t max_name = 40;
    std::string path;
    for (const auto& [content, key] : open_) {
      if (const auto* array = std::get_if<Json::Array>(&content)) {
        path += fmt::format("[{}]", array->size());
      } else {
        path += fmt::format("{}{}", path.empty() ? "" : ".", key.substr(0, max_name));
      }
    }
    return path.empty() ? "the document" : path;
  }
  bool fail(std::string_view what) {
    error_ = fmt::format("{}: {}", place(), what);
    return false;
  }
  bool fits(const std::string& text) {
    return text.size() <= limits_.text ||
           fail(fmt::format("expected a string of at most {} bytes", limits_.text));
  }
  bool count_value() {
    return ++values_ <= limits_.values ||
           fail(fmt::format("expected at most {} values in the whole file", limits_.values));
  }

  bool add(Json value) { return count_value() && put(std::move(value)); }
  bool put(Json value) {
    if (open_.empty()) {
      whole_ = std::move(value);
    } else if (auto& [content, key] = open_.back();
               auto* array = std::get_if<Json::Array>(&content)) {
      array->push_back(std::move(value));
    } else {
      std::get<Json::Object>(content).emplace_back(std::move(key), std::move(value));
    }
    return true;
  }
  bool open(std::variant<Json::Array, Json::Object> content) {
    if (open_.size() == limits_.depth) {
      return fail(fmt::format("expected at most {} levels of arrays and objects", limits_.depth));
    }
    if (!count_value()) return false;
    open_.push_back({std::move(content)});
    return true;
  }
  bool close() {
    auto content = std::move(open_.back().content);
    open_.pop_back();
    return put(std::visit([](auto& of) { return Json(std::move(of)); }, content));
  }

  JsonLimits limits_;
  std::size_t values_ = 0;
  std::vector<Open> open_;
  Json whole_;
  std::string error_;
};

// Returns the offset of the first blank beyond `max` in a row, or npos.
std::size_t long_blank(std::string_view text, std::size_t max) {
  std::size_t blanks = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool blank = std::string_view(" \t\n\r").find(text[i]) != std::string_view::npos;
    blanks = blank ? blanks + 1 : 0;
    if (blanks > max) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<double> Json::number() const noexcept {
  if (const auto* whole = get<std::uint64_t>()) return static_cast<double>(*whole);
  if (const auto* below_zero = get<std::int64_t>()) return static_cast<double>(*below_zero);
  if (const auto* number = get<double>()) return *number;
  return std::nullopt;
}

const Json* Json::find(std::string_view key) const noexcept {
  const auto* const object = get<Object>();
  if (object == nullptr) return nullptr;
  const auto found = std::find_if(object->rbegin(), object->rend(),
                                  [key](const auto& member) { return member.first == key; });
  return found == object->rend() ? nullptr : &found->second;
}

std::string to_string(const Json& json) {
  return escaped_for_terminals(
      to_library(json).dump(-1, ' ', false, Library::error_handler_t::replace));
}

tl::expected<Json, std::string> parse_json(std::string_view text, const JsonLimits& limits) {
  // The library's error message repeats the blanks before a syntax error, each line feed as
  // "<U+000A>": 4 MiB of them would take 140 MiB of memory.
  if (const auto at = long_blank(text, limits.text); at != std::string_view::npos) {
    return tl::make_unexpected(
        fmt::format("byte {}: expected at most {} blanks in a row", at, limits.text));
  }
  Builder builder(limits);
  Library::sax_parse(text, &builder);
  return builder.result();
}

}  // namespace yodel::text
