#include "text/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace yodel::text {
namespace {

using Library = nlohmann::ordered_json;

constexpr std::size_t max_depth = 64;

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

// Builds the value from what the library's parser meets, nlohmann::json_sax. The library's own way
// would look each key of an object up among all before it: minutes for a hostile file of 16 MiB.
class Builder {
 public:
  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  static bool binary(Library::binary_t& /*value*/) { return false; }
  bool key(std::string& name) {
    open_.back().key = std::move(name);
    return true;
  }
  bool start_object(std::size_t /*size*/) { return open(Json::Object()); }
  bool start_array(std::size_t /*size*/) { return open(Json::Array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    error_ = error.what();
    return false;
  }

  tl::expected<Json, std::string> result() {
    if (!error_.empty()) return tl::make_unexpected(error_);
    return std::move(whole_);
  }

 private:
  // An array or object whose end has not come.
  struct Open {
    std::variant<Json::Array, Json::Object> content;
    std::string key{};  // of an object: what the next value belongs to
  };

  bool add(Json value) {
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
    if (open_.size() == max_depth) {
      error_ = "more than 64 arrays and objects are nested";
      return false;
    }
    open_.push_back({std::move(content)});
    return true;
  }
  bool close() {
    auto content = std::move(open_.back().content);
    open_.pop_back();
    return add(std::visit([](auto& of) { return Json(std::move(of)); }, content));
  }

  std::vector<Open> open_;
  Json whole_;
  std::string error_;
};

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
  return to_library(json).dump(-1, ' ', false, Library::error_handler_t::replace);
}

tl::expected<Json, std::string> parse_json(std::string_view text) {
  Builder builder;
  Library::sax_parse(text, &builder);
  auto result = builder.result();
  if (result) return result;
  // "[json.exception.parse_error.101] parse error at line 1, column 7: …"
  std::string error = std::move(result.error());
  for (const std::string_view before : {"] ", "parse error at "}) {
    if (const auto at = error.find(before); at != std::string::npos)
      error.erase(0, at + before.size());
  }
  return tl::make_unexpected(std::move(error));
}

}  // namespace yodel::text
