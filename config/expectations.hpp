// Maps toml++'s reasons for a syntax error to what an administrator should write instead.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace yodel::config {

struct Expectation {
  std::string_view reason;  // a part of toml++'s text
  std::string_view expected;
};

// For numbers, and values that look like one.
constexpr std::array number_expectations = {
    Expectation{"leading zeroes", "a number without leading zeros"},
    Expectation{"underscores", "'_' only between digits"},
    Expectation{"64 bits", "a number that fits into 64 bits"},
    Expectation{"too long", "a number that fits into 64 bits"},
    Expectation{"length limit", "a number that fits into 64 bits"},
};

// For an escape sequence that names a character.
constexpr std::array character_expectations = {
    Expectation{"surrogates", "a character, not half of a surrogate pair"},
    Expectation{"U+10FFFF", "a character of at most U+10FFFF"},
};

constexpr std::string_view expected_escape =
    R"(one of b t n f r " \ uXXXX UXXXXXXXX after '\' (write \\ for a backslash))";

constexpr std::array syntax_expectations = {
    Expectation{"expected '='", "'=' after the key"},
    Expectation{"expected value, saw", "a value after '='"},
    Expectation{"expected ']'", "']' after the table's name"},
    Expectation{"blank bare keys", "a table's name between the brackets"},
    Expectation{"must be contiguous", "'[[' or ']]' without a space inside"},
    Expectation{"expected bare key", "a key of letters, digits, '_' and '-', or a key in quotes"},
    Expectation{"expected keys, tables", "a key, a [table] or a comment"},
    Expectation{"expected a comment", "the end of the line"},
    Expectation{"expected comma or closing ']'", "',' or ']'"},
    Expectation{"expected value or closing ']'", "a value or ']'"},
    Expectation{"expected comma or closing '}'", "',' or '}'"},
    Expectation{"expected key or closing '}'", "a key, ',' or '}'"},
    Expectation{"expected key-value pair or", "a key or '}'"},
    Expectation{"dangling comma", "a key after ','"},
    Expectation{"expected hex digit", "a hexadecimal digit (\\u takes four, \\U eight)"},
    Expectation{"expected space or tab", "a space or a tab"},
    Expectation{"after '\\r'", "a line feed after the carriage return"},
    Expectation{"not legal line breaks", "a line feed"},
    Expectation{"line-ending backslashes", "the end of the line after '\\'"},
    Expectation{"escape sequence", expected_escape},
    Expectation{"control character",
                "text without control characters (in a string, write \\uXXXX)"},
    Expectation{"multi-line strings", "a key without triple quotes"},
    Expectation{"nested value depth", "fewer levels of nesting"},
    Expectation{"could not determine value type", "a value"},
};

// Returns what the first entry whose words occur in `reason` expects, or an empty text.
constexpr std::string_view find_expected(std::span<const Expectation> table,
                                         std::string_view reason) {
  for (const auto& [words, expected] : table) {
    if (reason.find(words) != std::string_view::npos) return expected;
  }
  return {};
}

}  // namespace yodel::config
