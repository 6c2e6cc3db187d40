// Readers of values on the command line: each reads a word as it was typed into its target.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>

namespace yodel::client {

// Nothing, or what is wrong.
using Checked = tl::expected<void, std::string>;

// Reads the value of an option or argument, as it was typed, into where it belongs. The error says
// what is wrong with it; where it comes from is put before it.
using Reader = std::function<Checked(const std::string& value)>;

// Returns the beginning of `word`, quoted, as a message shows it. A word in the wrong place may be
// a URL, whose password nobody else may see.
[[nodiscard]] std::string excerpt_of(const std::string& word);

// Readers of values, each into its target, which must outlive it and may be a std::optional. First
// what they read: a whole number from 1 to `greatest`, a number from `least` to `greatest`, a
// length of time above zero: text::parse_seconds().
[[nodiscard]] tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                                         std::uint64_t greatest);
[[nodiscard]] tl::expected<double, std::string> read_number(const std::string& text, double least,
                                                            double greatest);
[[nodiscard]] tl::expected<std::chrono::nanoseconds, std::string> read_duration(
    const std::string& text);

template <typename Target>
[[nodiscard]] Reader whole_number(Target& target, std::uint64_t greatest) {
  return [&target, greatest](const std::string& text) {
    return read_whole_number(text, greatest).map([&target](auto number) { target = number; });
  };
}
template <typename Target>
[[nodiscard]] Reader number(Target& target, double least, double greatest) {
  return [&target, least, greatest](const std::string& text) {
    return read_number(text, least, greatest).map([&target](auto number) { target = number; });
  };
}
template <typename Target>
[[nodiscard]] Reader duration(Target& target) {
  return [&target](const std::string& text) {
    return read_duration(text).map([&target](auto time) { target = time; });
  };
}
// The name of a file.
template <typename Target>
[[nodiscard]] Reader file_name(Target& target) {
  return [&target](const std::string& text) -> Checked {
    if (text.empty()) return tl::make_unexpected("the name of a file is empty");
    target = text;
    return {};
  };
}

}  // namespace yodel::client
