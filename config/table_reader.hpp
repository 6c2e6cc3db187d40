// Strict access to one TOML table: each key is asked for by its type, each fault is told.
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
  std::int64_t least;
  std::int64_t most;
};

// Returns whether a key that needs no quotes may hold `c`.
[[nodiscard]] constexpr bool is_bare(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Reads keys into targets. A key that the table has not leaves its target as it is; so does one
// that is at fault, which goes to the diagnostics. All keys that are asked for are known, the
// others are not: refuse_others() comes last.
class TableReader {
 public:
  // `title` is how a message names the table: "[greet]"; empty for the file itself. The table and
  // the diagnostics outlive the reader.
  TableReader(const toml::table& table, std::string_view title, Diagnostics& faults)
      : table_(&table), title_(title), faults_(&faults) {}

  template <class Integer>
  void number(std::string_view key, Integer& target, Range range) {
    if (const auto value = read_number(key, range)) target = static_cast<Integer>(*value);
  }
  void duration(std::string_view key, std::chrono::milliseconds& target,
                std::chrono::milliseconds max = text::max_duration);
  void text(std::string_view key, std::string& target, std::size_t max_size);
  // One of `words`, each of which has a name().
  template <class Enum, class Words = std::initializer_list<Enum>>
  void word(std::string_view key, Enum& target, const Words& words) {
    std::vector<std::string_view> names;
    names.reserve(words.size());
    for (const Enum word : words)
      names.push_back(name(word));
    if (const auto index = read_word(key, names)) target = words.begin()[*index];
  }
  // Any text; what it has to be is the caller's business, who may refuse() it.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  // An array of texts, each with its place; what they have to be is the caller's business, who may
  // refuse_in() them.
  struct Text {
    std::string value;
    Location where;
  };
  [[nodiscard]] std::vector<Text> texts(std::string_view key);
  // `text` of the array `key` is not as `expected` says.
  void refuse_in(std::string_view key, const Text& text, std::string_view expected);
  // The value of `key`, which is there, is not as `expected` says.
  void refuse(std::string_view key, std::string_view expected);
  // `key` may not be here: `reason` says why not.
  void forbid(std::string_view key, std::string_view reason);

  // [key]; nullptr: there is none.
  [[nodiscard]] const toml::table* table(std::string_view key);
  // Each [[key]].
  [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);

  // Tells every key that has not been asked for.
  void refuse_others();

  // Returns whether it has no key at all.
  [[nodiscard]] bool is_empty() const;
  // The table itself.
  [[nodiscard]] Location where() const;
  // The value of `key`; line 0: there is none.
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
  std::vector<std::string_view> known_;  // the keys asked for
  std::vector<std::string> shown_;       // and how a message writes them
};

}  // namespace yodel::config
