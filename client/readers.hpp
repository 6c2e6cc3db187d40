// Readers of values on the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>

namespace yodel::client {

// Nothing, or the error.
using Checked = tl::expected<void, std::string>;

// Reads the value of an option or argument, as it was typed, into its target. The error says what
// is wrong with the value; the caller puts the name of the option before it.
using Reader = std::function<Checked(const std::string& value)>;

// Returns the beginning of `word` in quotes, for a message. A word in the wrong place may be a URL,
// so user names and passwords are removed.
[[nodiscard]] std::string excerpt_of(const std::string& word);

// Returns the whole number from 1 to `max` that `text` is.
[[nodiscard]] tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                                         std::uint64_t max);
// Returns the number from `min` to `max` that `text` is.
[[nodiscard]] tl::expected<double, std::string> read_number(const std::string& text, double min,
                                                            double max);
// Returns the time above zero that `text` is, in the form that text::parse_seconds() takes.
[[nodiscard]] tl::expected<std::chrono::nanoseconds, std::string> read_duration(
    const std::string& text);

// The following return readers that put what the functions above return into `target`, which must
// outlive the reader and may be a std::optional.
template <typename Target>
[[nodiscard]] Reader whole_number(Target& target, std::uint64_t max) {
  return [&target, max](const std::string& text) {
    return read_whole_number(text, max).map([&target](auto number) { target = number; });
  };
}
template <typename Target>
[[nodiscard]] Reader number(Target& target, double min, double max) {
  return [&target, min, max](const std::string& text) {
    return read_number(text, min, max).map([&target](auto number) { target = number; });
  };
}
template <typename Target>
[[nodiscard]] Reader duration(Target& target) {
  return [&target](const std::string& text) {
    return read_duration(text).map([&target](auto time) { target = time; });
  };
}
// Returns a reader of the name of a file, which must not be empty.
template <typename Target>
[[nodiscard]] Reader file_name(Target& target) {
  return [&target](const std::string& text) -> Checked {
    if (text.empty()) return tl::make_unexpected("the file name is empty");
    target = text;
    return {};
  };
}

}  // namespace yodel::client
