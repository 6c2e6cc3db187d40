// Readers of the values that several commands take, for Options. Each writes into its target, which
// must outlive it; a target may be a std::optional.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "client/command_line.hpp"
#include "client/duration.hpp"

namespace yodel::client {

// A whole number from 1 to `greatest`.
[[nodiscard]] tl::expected<std::uint64_t, std::string> read_whole_number(const std::string& text,
                                                                         std::uint64_t greatest);
// A number from `least` to `greatest`.
[[nodiscard]] tl::expected<double, std::string> read_number(const std::string& text, double least,
                                                            double greatest);

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

// A length of time, parse_duration().
template <typename Target>
[[nodiscard]] Reader duration(Target& target) {
  return [&target](const std::string& text) {
    return parse_duration(text).map([&target](auto time) { target = time; });
  };
}

// Any text.
template <typename Target>
[[nodiscard]] Reader text(Target& target) {
  return [&target](const std::string& text) -> Checked {
    target = text;
    return {};
  };
}

}  // namespace yodel::client
