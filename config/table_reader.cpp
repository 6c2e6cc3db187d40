#include "config/table_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "config/toml_library.hpp"
#include "text/counted.hpp"
#include "text/duration.hpp"
#include "text/nearest.hpp"
#include "text/quote.hpp"

namespace yodel::config {
namespace {

std::string_view type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a floating-point number";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time of day";
    case toml::node_type::date_time: return "a date and time";
  }
  return {};
}

std::string value_text(const toml::node& node) {
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* string = node.as_string()) return text::quote_start(string->get());
  if (const auto* array = node.as_array()) return std::to_string(array->size());
  return std::string(type_of(node));
}

// Returns a key as the file would write it: bare if possible, otherwise quoted.
std::string spell_key(std::string_view key) {
  const bool bare = !key.empty() && key.size() <= text::max_excerpt &&
                    std::all_of(key.begin(), key.end(), is_bare);
  return bare ? std::string(key) : text::quote_start(key);
}

Location location_of(const toml::source_region& source) {
  return {.line = source.begin.line, .column = source.begin.column};
}

}  // namespace

void TableReader::duration(std::string_view key, std::chrono::milliseconds& target,
                           std::chrono::milliseconds max) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const auto* string = node->as_string();
  if (string == nullptr) return refuse_type(key, *node, text::expected_duration);
  const auto duration = text::parse_duration(string->get());
  if (!duration) return refuse(key, text::expected_duration);
  if (*duration > max) {
    return refuse(key, fmt::format("at most {}", text::quote(text::print_duration(max))));
  }
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(*duration);
  // Rounding down could make it 0, which means "no limit" for most keys.
  if (whole != *duration) return refuse(key, "a whole number of milliseconds");
  target = whole;
}

void TableReader::text(std::string_view key, std::string& target, std::size_t max_size) {
  auto value = text(key);
  if (!value) return;
  if (value->size() > max_size) {
    return fault(where(key), fmt::format("{}: expected at most {} bytes, got {}", key, max_size,
                                         value->size()));
  }
  target = std::move(*value);
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* string = node->as_string()) return string->get();
  refuse_type(key, *node, "a string");
  return std::nullopt;
}

std::vector<TableReader::Text> TableReader::texts(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  const auto* array = node->as_array();
  if (array == nullptr) refuse_type(key, *node, "an array of strings");
  std::vector<Text> texts;
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const toml::node& element = (*array)[i];
    const Location where = location_of(element.source());
    if (const auto* string = element.as_string()) {
      texts.push_back({.value = string->get(), .where = where});
    } else {
      fault(where,
            fmt::format("{}: expected only strings in the array, got {}", key, type_of(element)));
    }
  }
  return texts;
}

std::optional<std::int64_t> TableReader::read_number(std::string_view key, Range range) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto expected = fmt::format("a whole number from {} to {}", range.min, range.max);
  const auto* integer = node->as_integer();
  if (integer == nullptr) {
    refuse_type(key, *node, expected);
    return std::nullopt;
  }
  const std::int64_t value = integer->get();
  if (value < range.min || value > range.max) {
    refuse(key, expected);
    return std::nullopt;
  }
  return value;
}

std::optional<std::size_t> TableReader::read_word(std::string_view key,
                                                  std::span<const std::string_view> names) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  std::vector<std::string> quoted;
  for (const std::string_view name : names)
    quoted.push_back(text::quote(name));
  const std::string expected = text::alternatives(quoted);
  const auto* string = node->as_string();
  if (string == nullptr) {
    refuse_type(key, *node, expected);
    return std::nullopt;
  }
  const auto found = std::find(names.begin(), names.end(), string->get());
  if (found == names.end()) {
    refuse(key, expected);
    return std::nullopt;
  }
  return found - names.begin();
}

const toml::table* TableReader::table(std::string_view key) {
  const toml::node* node = find(key);
  shown_.back() = fmt::format("[{}]", key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) refuse_type(key, *node, fmt::format("the table [{}]", key));
  return node->as_table();
}

std::vector<const toml::table*> TableReader::tables(std::string_view key) {
  const toml::node* node = find(key);
  const std::string expected = fmt::format("[[{}]]", key);
  shown_.back() = expected;
  if (node == nullptr) return {};
  if (const auto* table = node->as_table()) {
    fault(location_of(node->source()),
          fmt::format("{}: expected {}, got a single table", key, expected));
    return {table};  // its keys can be checked all the same
  }
  const auto* array = node->as_array();
  if (array == nullptr) {
    refuse_type(key, *node, expected);
    return {};
  }
  if (array->empty()) {
    fault(location_of(node->source()),
          fmt::format("{}: expected at least one {}, got an empty array", key, expected));
  }
  std::vector<const toml::table*> tables;
  for (const toml::node& element : *array) {
    if (const auto* table = element.as_table()) {
      tables.push_back(table);
    } else {
      fault(location_of(element.source()),
            fmt::format("{}: expected only tables in the array, got {}", key, type_of(element)));
    }
  }
  return tables;
}

void TableReader::refuse_others() {
  for (const auto& [key, value] : *table_) {
    const bool known = std::find(known_.begin(), known_.end(), key.str()) != known_.end();
    if (!known) refuse_key(key, value);
  }
}

void TableReader::refuse_key(const toml::key& key, const toml::node& value) {
  std::string text = spell_key(key.str());
  if (value.is_array_of_tables()) {
    text = fmt::format("unknown table [[{}]]", text);
  } else if (value.is_table()) {
    text = fmt::format("unknown table [{}]", text);
  } else {
    text = fmt::format("unknown key '{}'", text);
  }
  if (!title_.empty()) text += fmt::format(" in {}", title_);
  const auto meant = text::nearest(key.str(), known_);
  text += meant ? fmt::format("; did you mean {}?", shown_[*meant])
                : fmt::format("; expected {}", text::alternatives(shown_));
  fault(location_of(key.source()), std::move(text));
}

bool TableReader::is_empty() const {
  return table_->empty();
}

Location TableReader::where() const {
  return location_of(table_->source());
}

Location TableReader::where(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node == nullptr ? Location{} : location_of(node->source());
}

const toml::node* TableReader::find(std::string_view key) {
  known_.push_back(key);
  shown_.push_back(fmt::format("'{}'", key));
  return table_->get(key);
}

void TableReader::fault(Location where, std::string text) {
  faults_->push_back({.where = where, .text = std::move(text)});
}

void TableReader::refuse(std::string_view key, std::string_view expected) {
  const toml::node* node = table_->get(key);
  fault(where(key), fmt::format("{}: expected {}, got {}", key, expected, value_text(*node)));
}

void TableReader::refuse_in(std::string_view key, const Text& text, std::string_view expected) {
  fault(text.where,
        fmt::format("{}: expected {}, got {}", key, expected, text::quote_start(text.value)));
}

void TableReader::forbid(std::string_view key, std::string_view reason) {
  if (find(key) == nullptr) return;
  fault(location_of(table_->find(key)->first.source()), fmt::format("{}: {}", key, reason));
}

void TableReader::refuse_type(std::string_view key, const toml::node& found,
                              std::string_view expected) {
  fault(location_of(found.source()),
        fmt::format("{}: expected {}, got {}", key, expected, type_of(found)));
}

}  // namespace yodel::config
