// Text from a server cannot control a terminal, in whatever pieces it comes.
#include "client/terminal/terminal_text.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace yodel::client {
namespace {

using namespace std::string_literals;

// Returns what is shown of `text`, and expects the same for any two pieces and byte by byte.
std::string shown(const std::string& text) {
  TerminalText whole;
  auto all = whole.feed(text);
  all += whole.finish();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    TerminalText parts;
    auto pieces = parts.feed(std::string_view(text).substr(0, cut));
    pieces += parts.feed(std::string_view(text).substr(cut));
    pieces += parts.finish();
    EXPECT_EQ(pieces, all) << cut;
  }
  TerminalText bytes;
  std::string single;
  for (const char byte : text)
    single += bytes.feed({&byte, 1});
  single += bytes.finish();
  EXPECT_EQ(single, all);
  return all;
}

TEST(TerminalText, LeavesWhatIsText) {
  for (const std::string text :
       {"", "welcome", "a\nb\n\n", "a\tb", "Grüße 王小明 🎉\n", "back\\slash 'quote'"})
    EXPECT_EQ(shown(text), text);
  EXPECT_EQ(shown("a\r\nb\r\n"), "a\nb\n");
}

TEST(TerminalText, EscapesWhatATerminalWouldObey) {
  const std::string by_a_character = "\xc2\x9b";
  const std::string by_a_byte = "\x9b";
  // The direction of the text.
  const std::string turned = std::string("\xe2") + "\x80\xae";
  const std::string isolated = std::string("\xe2") + "\x81\xa6";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\x1b]0;owned\x07", R"(\x1b]0;owned\x07)"},         // title
      {"\x1b]52;c;cm0=\x1b\\", R"(\x1b]52;c;cm0=\x1b\)"},  // clipboard
      {"\x1b[2J\x1b[31mred", R"(\x1b[2J\x1b[31mred)"},     // screen, colour
      {by_a_character + "2J", R"(\xc2\x9b2J)"},
      {by_a_byte + "2J", R"(\x9b2J)"},
      {turned + "evil" + isolated, R"(\xe2\x80\xaeevil\xe2\x81\xa6)"},
      {"over\rwritten", R"(over\x0dwritten)"},
      {"a\r\r\nb", "a\\x0d\nb"},
      {"\b\b\v\f\x0e\x05\x7f"s + '\0', R"(\x08\x08\x0b\x0c\x0e\x05\x7f\x00)"},
      {"\xff\xc3(", R"(\xff\xc3()"},
      {"cut \xe7\x8e", R"(cut \xe7\x8e)"},
      {"\xed\xa0\x80", R"(\xed\xa0\x80)"},  // a surrogate
      {"\r", R"(\x0d)"}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(shown(text), expected);
}

// A character is shown when it is whole, and other text as soon as it comes.
TEST(TerminalText, HoldsBackNoMoreThanHalfACharacter) {
  TerminalText text;
  EXPECT_EQ(text.feed("welcome \xe7\x8e"), "welcome ");
  EXPECT_EQ(text.feed("\x8b"), "王");
  EXPECT_EQ(text.feed("a\r"), "a");
  EXPECT_EQ(text.feed("\n"), "\n");
  EXPECT_EQ(text.finish(), "");
}

}  // namespace
}  // namespace yodel::client
