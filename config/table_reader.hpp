// Strict access to one TOML table: the caller asks for each key by its type, and every error is
// reported.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"
#include "config/toml_names.hpp"
#include "text/duration.hpp"

namespace yodel::config {

struct Range {
  std::int64_t min;
  std::int64_t max;
};

// Returns whether `c` may occur in a key without quotes.
[[nodiscard]] constexpr bool is_bare(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Reads keys into targets. A key that is missing leaves its target unchanged; so does an invalid
// one, which adds an error to the diagnostics. A key becomes known when it is asked for, so
// refuse_others() must come last.
class TableReader {
 public:
  // `title` names the table in messages: "[greet]"; empty for the file itself. The table and the
  // diagnostics must outlive the reader.
  TableReader(const toml::table& table, std::string_view title, Diagnostics& faults)
      : table_(&table), title_(title), faults_(&faults) {}

  template <class Integer>
  void number(std::string_view key, Integer& target, Range range) {
    if (const auto value = read_number(key, range)) target = static_cast<Integer>(*value);
  }
  void duration(std::string_view key, std::chrono::milliseconds& target,
                std::chrono::milliseconds max = text::max_duration);
  // Does the same with a target that has no value unless the file sets it.
  void duration(std::string_view key, std::optional<std::chrono::milliseconds>& target,
                std::chrono::milliseconds max = text::max_duration) {
    constexpr auto none = std::chrono::milliseconds(-1);
    auto value = target.value_or(none);
    duration(key, value, max);
    if (value != none) target = value;
  }
  void text(std::string_view key, std::string& target, std::size_t max_size);
  // Reads one of `words`, each of which has a name().
  template <class Enum, class Words = std::initializer_list<Enum>>
  void word(std::string_view key, Enum& target, const Words& words) {
    std::vector<std::string_view> names;
    names.reserve(words.size());
    for (const Enum word : words)
      names.push_back(name(word));
    if (const auto index = read_word(key, names)) target = words.begin()[*index];
  }
  // Returns any string; the caller checks it, and may refuse() it.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  // A string of an array, with its place.
  struct Text {
    std::string value;
    Location where;
  };
  // Returns an array of any strings; the caller checks them, and may refuse_in() them.
  [[nodiscard]] std::vector<Text> texts(std::string_view key);
  // Adds an error: the array `key` has `text` where `expected` should be.
  void refuse_in(std::string_view key, const Text& text, std::string_view expected);
  // Adds an error: `key`, which must exist, should be `expected`.
  void refuse(std::string_view key, std::string_view expected);
  // Adds an error if there is a `key`: "KEY: REASON".
  void forbid(std::string_view key, std::string_view reason);

  // Returns [key], or nullptr if there is none.
  [[nodiscard]] const toml::table* table(std::string_view key);
  // Returns each [[key]].
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);

  // Adds an error for every key that has not been asked for.
  void refuse_others();

  // Returns whether the table has no key at all.
  [[nodiscard]] bool is_empty() const;
  // Returns the place of the table.
  [[nodiscard]] Location where() const;
  // Returns the place of the value of `key`; line 0 if there is none.
  [[nodiscard]] Location where(std::string_view key) const;

 private:
  const toml::node* find(std::string_view key);
  std::optional<std::int64_t> read_number(std::string_view key, Range range);
  std::optional<std::size_t> read_word(std::string_view key,
                                       std::span<const std::string_view> names);
  void fault(Location where, std::string text);
  void refuse_type(std::string_view key, const toml::node& found, std::string_view expected);
  void refuse_key(const toml::key& key, const toml::node& value);

  const toml::table* table_;
  std::string_view title_;
  Diagnostics* faults_;
  std::vector<std::string_view> known_;  // the keys that were asked for
  std::vector<std::string> shown_;       // the same as messages write them
};

}  // namespace yodel::config
