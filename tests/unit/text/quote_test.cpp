#include "text/quote.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace yodel::text {
namespace {

TEST(AppendEscaped, KeepsPlainText) {
  for (const std::string_view text : {"", "plain, with blanks", "\u00fc \u20ac \U0001F600 \u00a0"})
    EXPECT_EQ(escaped(text), text);
}

TEST(AppendEscaped, EscapesControlCharacters) {
  EXPECT_EQ(escaped("a\nb\t\x1b[2J\x7f"), "a\\x0ab\\x09\\x1b[2J\\x7f");
  EXPECT_EQ(escaped(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(escaped("a\u009b2J\u0080\u009f"), "a\\xc2\\x9b2J\\xc2\\x80\\xc2\\x9f");
}

TEST(AppendEscaped, EscapesDirectionChanges) {
  // NOLINTNEXTLINE(misc-misleading-bidirectional): this is under test
  EXPECT_EQ(escaped("\xe2\x80\xaa\xe2\x80\xae"), "\\xe2\\x80\\xaa\\xe2\\x80\\xae");
  // NOLINTNEXTLINE(misc-misleading-bidirectional): this is under test
  EXPECT_EQ(escaped("\xe2\x81\xa6\xe2\x81\xa9"), "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
  EXPECT_EQ(escaped("\u2029\u202f\u2065\u206a"), "\u2029\u202f\u2065\u206a");
}

TEST(AppendEscaped, EscapesInvalidUtf8) {
  EXPECT_EQ(escaped("a\xff\u00fc"), "a\\xff\u00fc");
  EXPECT_EQ(escaped("\x9b"), "\\x9b") << "a terminal without UTF-8 obeys it";
  EXPECT_EQ(escaped("\xe2\x82"), "\\xe2\\x82") << "cut off";
  EXPECT_EQ(escaped("\xc1\x9b"), "\\xc1\\x9b") << "overlong";
  EXPECT_EQ(escaped("\xe0\x82\x9b"), "\\xe0\\x82\\x9b") << "U+009B, overlong";
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
}

TEST(AppendEscaped, EscapesQuotesIfAsked) {
  EXPECT_EQ(escaped("\"\\"), "\"\\");
  std::string line = "x=";
  append_escaped(line, "a\"b\\\n", true);
  EXPECT_EQ(line, "x=a\\\"b\\\\\\x0a");
}

TEST(Excerpt, KeepsPrintableUtf8) {
  EXPECT_EQ(excerpt(""), "''");
  EXPECT_EQ(excerpt("it's 王小明 €"), "'it's 王小明 €'");
}

TEST(Excerpt, EscapesAnythingElse) {
  EXPECT_EQ(excerpt("a\n\r\t\\\x1b[m\x7f"), "'a\\n\\r\\t\\\\\\x1b[m\\x7f'");
  EXPECT_EQ(excerpt(std::string_view("\0", 1)), "'\\x00'");
  EXPECT_EQ(excerpt("\xc2\x9b"), "'\\xc2\\x9b'");                      // U+009B
  EXPECT_EQ(excerpt("\xff\x80 \xe7\x8e"), "'\\xff\\x80 \\xe7\\x8e'");  // cut short
  EXPECT_EQ(excerpt("\xc0\x8a"), "'\\xc0\\x8a'");                      // overlong
  EXPECT_EQ(excerpt("\xed\xa0\x80"), "'\\xed\\xa0\\x80'");             // a surrogate
}

TEST(Excerpt, CutsBetweenCharacters) {
  EXPECT_EQ(excerpt(std::string(72, 'x')), "'" + std::string(72, 'x') + "'");
  EXPECT_EQ(excerpt(std::string(73, 'x')), "'" + std::string(72, 'x') + "…'");
  EXPECT_EQ(excerpt(std::string(71, 'x') + "王明"), "'" + std::string(71, 'x') + "王…'");
}

}  // namespace
}  // namespace yodel::text
