#include "protocol/message_reader.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/greet.hpp"

namespace yodel::protocol {
namespace {

using Kind = MessageReader::Kind;

// Each message as "text|ending", then "<too long>" or "<end>".
using Seen = std::vector<std::string>;

void take_all(MessageReader& reader, Seen& seen) {
  for (;;) {
    const auto next = reader.next();
    switch (next.kind) {
      case Kind::message:
        seen.push_back(std::string(next.text) + "|" + std::string(next.ending));
        break;
      case Kind::need_input: return;
      case Kind::too_long: seen.emplace_back("<too long>"); return;
      case Kind::end: seen.emplace_back("<end>"); return;
    }
  }
}

bool is_over(const Seen& seen) {
  return !seen.empty() && (seen.back() == "<too long>" || seen.back() == "<end>");
}

// Returns what a reader makes of `input`, in reads of at most `cut` bytes, and its end.
Seen read(Framing framing, std::size_t message_size, std::string_view input, std::size_t cut,
          std::size_t buffer_size) {
  std::vector<std::byte> buffer(buffer_size);
  MessageReader reader(framing, message_size, buffer);
  Seen seen;
  while (!input.empty() && !is_over(seen)) {
    const auto space = reader.space();
    EXPECT_FALSE(space.empty());
    const std::size_t size = std::min({space.size(), cut, input.size()});
    std::memcpy(space.data(), input.data(), size);
    input.remove_prefix(size);
    reader.received(size);
    take_all(reader, seen);
  }
  if (!is_over(seen)) {
    reader.end_of_input();
    take_all(reader, seen);
  }
  return seen;
}

Seen lines(std::string_view input, std::size_t cut = 1000, std::size_t message_size = 8) {
  return read(Framing::lines, message_size, input, cut, 64);
}
Seen automatic(std::string_view input, std::size_t cut = 1000, std::size_t message_size = 8) {
  return read(Framing::automatic, message_size, input, cut, 64);
}
Seen unframed(std::string_view input, std::size_t cut = 1000, std::size_t message_size = 8) {
  return read(Framing::unframed, message_size, input, cut, 64);
}

TEST(Lines, EndAtNewlines) {
  EXPECT_EQ(lines("alice\nbob\r\n\n\r\n"), (Seen{"alice|\n", "bob|\r\n", "|\n", "|\r\n", "<end>"}));
}

TEST(Lines, ALastLineNeedsNoNewline) {
  EXPECT_EQ(lines("a\njack"), (Seen{"a|\n", "jack|", "<end>"}));
  EXPECT_EQ(lines("jack\r"), (Seen{"jack\r|", "<end>"}));
  EXPECT_EQ(lines(""), (Seen{"<end>"}));
}

TEST(Lines, ACarriageReturnAloneEndsNothing) {
  EXPECT_EQ(lines("a\rb\n\r\r\n"), (Seen{"a\rb|\n", "\r|\r\n", "<end>"}));
}

TEST(Lines, TheLongestLineFits) {
  EXPECT_EQ(lines("12345678\n"), (Seen{"12345678|\n", "<end>"}));
  EXPECT_EQ(lines("12345678\r\n"), (Seen{"12345678|\r\n", "<end>"}));
  EXPECT_EQ(lines("12345678"), (Seen{"12345678|", "<end>"}));
}

TEST(Lines, AnyLongerLineIsTooLong) {
  EXPECT_EQ(lines("ok\n123456789\nok\n"), (Seen{"ok|\n", "<too long>"}));
  EXPECT_EQ(lines("123456789"), (Seen{"<too long>"}));
  EXPECT_EQ(lines("12345678\rx\n"), (Seen{"<too long>"}));
  EXPECT_EQ(lines("12345678\r"), (Seen{"<too long>"}));
}

TEST(Lines, DoNotDependOnHowReadsCutThem) {
  const std::string inputs[] = {"alice\nbob\r\njack",
                                "\r\n\r\r\n\n\r",
                                "12345678\r\n1234567\r\n12345678",
                                "12345678\r\n123456789\n",
                                "12345678\rx",
                                "a\nb\nc\nd\ne\nf\n",
                                std::string("\0\n\xff\xfe\n\0", 6)};
  for (const auto& input : inputs) {
    // The smallest buffer, and one with room for many lines.
    for (const std::size_t buffer : {MessageReader::buffer_needed(8), std::size_t{64}}) {
      const Seen whole = read(Framing::lines, 8, input, 1000, 64);
      for (std::size_t cut = 1; cut <= input.size(); ++cut) {
        EXPECT_EQ(read(Framing::lines, 8, input, cut, buffer), whole) << input << " cut at " << cut;
      }
    }
  }
}

TEST(Automatic, ANewlineInTheFirstBytesMeansLines) {
  EXPECT_EQ(automatic("al\nbo", 5), (Seen{"al|\n", "bo|", "<end>"}));
  EXPECT_EQ(automatic("a\nbcdefghi\n", 4), (Seen{"a|\n", "bcdefghi|\n", "<end>"}));
}

TEST(Automatic, NoNewlineInTheFirstBytesMeansUnframed) {
  EXPECT_EQ(automatic("alibob\n", 3), (Seen{"ali|", "bob|", "|", "<end>"}));
}

TEST(Automatic, AFirstLineOfFullLengthIsSeenWhole) {
  EXPECT_EQ(automatic("12345678\r\n"), (Seen{"12345678|\r\n", "<end>"}));
}

TEST(Automatic, AFirstLineThatIsTooLongIsRecognised) {
  EXPECT_EQ(automatic("123456789abcdef\n"), (Seen{"<too long>"}));
}

TEST(Automatic, ManyFirstBytesWithoutNewlineAreCutLikeReads) {
  EXPECT_EQ(automatic("123456789abcdefgh"), (Seen{"12345678|", "9abcdefg|", "h|", "<end>"}));
}

TEST(Unframed, OneReadIsOneMessage) {
  EXPECT_EQ(unframed("alibobjac", 3), (Seen{"ali|", "bob|", "jac|", "<end>"}));
}

TEST(Unframed, AFinalNewlineIsRemoved) {
  EXPECT_EQ(unframed("ali\nbo\r\nj\nk\n", 4), (Seen{"ali|", "bo|", "j\nk|", "<end>"}));
}

TEST(Unframed, AMessageIsAtMostMessageSize) {
  EXPECT_EQ(unframed("123456789"), (Seen{"12345678|", "9|", "<end>"}));
}

TEST(Greet, HasTheTextsOfTheDialogue) {
  EXPECT_EQ(reply_to("alice"), "hello, alice!");
  EXPECT_EQ(reply_to(""), "hello, !");
  EXPECT_EQ(reply_to("alice").size(), reply_size(5, 0));
  EXPECT_EQ(too_long_error(1024), "error: message longer than 1024 bytes\n");
}

}  // namespace
}  // namespace yodel::protocol
