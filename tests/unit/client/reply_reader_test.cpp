// What the reader makes of bytes, in whatever pieces they arrive.
#include "client/exchange/reply_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::client {
namespace {

constexpr Service without_welcome(Framing framing) {
  return {.framing = framing, .welcome = false};
}
constexpr Service echo{.protocol = protocol::Protocol::echo, .welcome = false};

// Feeds `text` to a reader that expects the reply to `message`.
struct Fed {
  Fed(const Service& service, std::string_view message, std::string_view text)
      : reply(reply_of(service, message)), reader(service) {
    reader.expect(reply);
    reading = reader.read(text);  // NOLINT(*-prefer-member-initializer): after expect()
  }
  std::string reply;
  ReplyReader reader;
  Reading reading = Reading::incomplete;
};

// Expects every beginning of `text` to be incomplete, all of it to be the reply, and one byte more
// to be too much. If the framing is unknown, the reply may be whole before its newline has come.
void expect_reply(std::string_view message, Framing before, const std::string& text,
                  Framing after) {
  SCOPED_TRACE(text);
  const auto service = without_welcome(before);
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Fed fed(service, message, text.substr(0, size));
    const bool open = fed.reading == Reading::reply && fed.reader.framing() == Framing::unknown;
    EXPECT_TRUE(fed.reading == Reading::incomplete || open) << text.substr(0, size);
  }
  Fed whole(service, message, text);
  EXPECT_EQ(whole.reading, Reading::reply);
  std::string_view next = "x";
  EXPECT_EQ(whole.reader.read(next), Reading::too_much);
  EXPECT_EQ(whole.reader.framing(), after);
  EXPECT_EQ(Fed(service, message, text + "x").reading, Reading::too_much);
}

TEST(ReplyReader, LearnsTheFramingFromTheFirstReply) {
  for (const std::string name : {"alice", "", "王小明", "a!", "!\r!", "hello, alice!"}) {
    const std::string hello = "hello, " + name;
    expect_reply(name, Framing::unknown, hello + "!\n", Framing::lines);
    expect_reply(name, Framing::unknown, hello + "!", Framing::unframed);
    expect_reply(name, Framing::unknown, hello + "\n!", Framing::unframed);
    expect_reply(name, Framing::lines, hello + "!\n", Framing::lines);
    expect_reply(name, Framing::unframed, hello + "!", Framing::unframed);
  }
}

TEST(ReplyReader, LearnsTheFramingFromWhatPrecedesTheSecondReply) {
  for (const auto& [second, framing] :
       {std::pair{"\nhello, bob!\n", Framing::lines}, {"hello, bob!", Framing::unframed}}) {
    Fed fed(without_welcome(Framing::unknown), "alice", "hello, alice!");
    EXPECT_EQ(fed.reading, Reading::reply);
    const std::string reply = "hello, bob!";
    fed.reader.expect(reply);
    std::string_view bytes = second;
    EXPECT_EQ(fed.reader.read(bytes), Reading::reply) << second;
    EXPECT_EQ(fed.reader.framing(), framing);
  }
}

TEST(ReplyReader, RefusesAReplyInAnotherFraming) {
  const auto reading = [](Framing framing, std::string_view text) {
    return Fed(without_welcome(framing), "alice", text).reading;
  };
  EXPECT_EQ(reading(Framing::lines, "hello, alice\n!"), Reading::wrong);
  EXPECT_EQ(reading(Framing::unframed, "hello, alice!\n"), Reading::too_much);
  EXPECT_EQ(reading(Framing::lines, "hello, bob!\n"), Reading::wrong);
}

TEST(ReplyReader, NeedsNoNewlineBeforeTheEndOfFile) {
  Fed fed(without_welcome(Framing::lines), "alice", "hello, alice!");
  EXPECT_EQ(fed.reading, Reading::incomplete);
  EXPECT_EQ(fed.reader.finish(false), Reading::incomplete);
  EXPECT_EQ(fed.reader.finish(true), Reading::reply);
  Fed cut(without_welcome(Framing::lines), "alice", "hello, alice");
  EXPECT_EQ(cut.reader.finish(true), Reading::incomplete);
  EXPECT_EQ(cut.reader.received(), "hello, alice");
}

TEST(ReplyReader, LeavesWhatFollowsAReplyToTheNext) {
  ReplyReader reader(echo);
  std::string_view bytes = "abcd";
  reader.expect("ab");
  EXPECT_EQ(reader.read(bytes, true), Reading::reply);
  EXPECT_EQ(bytes, "cd");
  reader.expect("cd");
  EXPECT_EQ(reader.read(bytes), Reading::reply);
  EXPECT_FALSE(reader.is_due());
}

// Cuts `text` into two and three pieces at every place.
void for_each_cut(const std::string& text,
                  const std::function<void(const std::vector<std::string>&)>& use) {
  for (std::size_t first = 1; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      use({text.substr(0, first), text.substr(first, second - first), text.substr(second)});
    }
  }
}

// The first message is sent as soon as part of the welcome has come.
TEST(ReplyReader, FindsTheFirstReplyWhereverTheWelcomeIsCut) {
  for (const auto framing : {Framing::unknown, Framing::lines, Framing::unframed}) {
    for (const std::string welcome : {"welcome", "welcome\n", "hi\r\nthere\n", "hello, "}) {
      const std::string ending = framing == Framing::unframed ? "" : "\n";
      for_each_cut(std::string(welcome).append("hello, a!").append(ending),
                   [&](const auto& pieces) {
                     // The reply cannot come before the message was sent.
                     if (pieces[0].size() > welcome.size()) return;
                     ReplyReader reader({.framing = framing});
                     std::string_view bytes = pieces[0];
                     EXPECT_EQ(reader.read(bytes), Reading::welcome);
                     reader.expect("hello, a!");
                     auto reading = Reading::incomplete;
                     for (const std::string& piece : {pieces[1], pieces[2]}) {
                       bytes = piece;
                       const bool newline = reading != Reading::incomplete;
                       const auto next = reader.read(bytes);
                       EXPECT_TRUE(!newline || next == Reading::incomplete);
                       if (!newline) reading = next;
                     }
                     EXPECT_EQ(reading, Reading::reply);
                     EXPECT_EQ(pieces[0] + reader.rest_of_welcome(), welcome);
                   });
    }
  }
}

TEST(ReplyReader, TakesNoWelcomeForAReply) {
  ReplyReader reader({});
  std::string_view bytes = "wel";
  EXPECT_EQ(reader.read(bytes), Reading::welcome);
  reader.expect("hello, a!");
  bytes = "come";
  EXPECT_EQ(reader.read(bytes), Reading::incomplete);
  EXPECT_EQ(reader.finish(false), Reading::wrong) << "no reply has come";
  EXPECT_EQ(reader.complaint(), "expected 'hello, a!\\n', got 'come'");
}

TEST(ReplyReader, KnowsAReplyToAnotherMessage) {
  for (const auto& [text, other] : {std::pair{"hello, bob!\n", true},
                                    {"hello, al", false},
                                    {"come\n", false},
                                    {"hello", false}}) {
    const Fed fed({}, "alice", text);
    EXPECT_EQ(fed.reader.has_other_reply(), other) << text;
    const ReplyReader::Time last_byte{};
    const auto deadline = last_byte + 5 * other_reply_pause;
    EXPECT_EQ(fed.reader.wait_until(deadline, last_byte),
              other ? last_byte + other_reply_pause : deadline);
    EXPECT_EQ(fed.reader.wait_until(last_byte, last_byte), last_byte);
  }
}

TEST(ReplyReader, LimitsWhatItReads) {
  const std::string longest(max_unframed, 'x');
  ReplyReader reader({});
  std::string_view bytes = longest;
  EXPECT_EQ(reader.read(bytes), Reading::welcome);
  bytes = "x";
  EXPECT_EQ(reader.read(bytes), Reading::too_much);
  ReplyReader asked({});
  asked.expect("hello, a!");
  bytes = longest;
  EXPECT_EQ(asked.read(bytes), Reading::incomplete);
  bytes = "ten more bytes";
  EXPECT_EQ(asked.read(bytes), Reading::too_much);
}

// Wherever the error is cut, and whatever was due.
TEST(ReplyReader, ShowsTheServersError) {
  const Service welcoming;
  for (const bool asked : {false, true}) {
    for (const Service& service : {welcoming, without_welcome(Framing::lines), echo}) {
      for_each_cut("error: too long\n", [&](const auto& pieces) {
        ReplyReader reader(service);
        if (asked) reader.expect("hello, a!");
        auto reading = Reading::incomplete;
        for (const std::string_view piece : pieces) {
          auto bytes = piece;
          if (!piece.empty()) reading = reader.read(bytes);
          // The beginning of an error may look like a welcome until the rest has come.
          if (reading == Reading::welcome) reader.expect("hello, a!");
        }
        EXPECT_EQ(reading, Reading::wrong) << pieces[0] << '|' << pieces[1] << '|' << pieces[2];
        EXPECT_EQ(reader.complaint(), "the server says: too long");
      });
    }
  }
}

TEST(ReplyReader, CutsALongError) {
  const Fed fed(echo, "a", "error: " + std::string(60'000, 'x') + "\n");
  EXPECT_EQ(fed.reader.complaint(), "the server says: " + std::string(300, 'x') + "…");
}

// An error after a reply does not spoil the reply, whether it comes in the same segment or later.
TEST(ReplyReader, SeparatesAnErrorFromTheReplyBeforeIt) {
  const std::string text = "hello, alice!\nerror: idle for too long\n";
  const auto service = without_welcome(Framing::lines);
  for (std::size_t size = 14; size <= text.size(); ++size) {
    Fed fed(service, "alice", text.substr(0, size));
    EXPECT_EQ(fed.reading, Reading::reply) << size;
    std::string_view rest = std::string_view(text).substr(size);
    static_cast<void>(fed.reader.read(rest));
    EXPECT_EQ(fed.reader.server_error(), "idle for too long") << size;
    // The next message may already have been sent.
    Fed asked(service, "alice", text.substr(0, size));
    asked.reader.expect("hello, bob!");
    rest = std::string_view(text).substr(size);
    static_cast<void>(asked.reader.read(rest));
    EXPECT_EQ(asked.reader.server_error(), "idle for too long") << size;
  }
  EXPECT_EQ(Fed(service, "alice", "hello, alice!\nerrors").reading, Reading::too_much);
}

TEST(ReplyReader, RecognisesAProbeServerByItsHeader) {
  const std::string header = "probe/1 host=a\n";
  const std::string hint = "; this looks like a probe server: use --protocol probe";
  ReplyReader greet({});
  std::string_view bytes = header;
  EXPECT_EQ(greet.read(bytes), Reading::wrong);
  EXPECT_EQ(greet.complaint(), "got 'probe/1 host=a\\n'" + hint);
  ReplyReader asked({});
  bytes = "pro";
  EXPECT_EQ(asked.read(bytes), Reading::welcome);
  asked.expect("hello, a!");
  bytes = std::string_view(header).substr(3);
  EXPECT_EQ(asked.read(bytes), Reading::wrong);
  EXPECT_EQ(Fed(echo, "a", header).reader.complaint(), "got 'probe/1 host=a\\n'" + hint);
}

TEST(ReplyReader, ReportsWhatIsWrong) {
  const auto complaint = [](std::string_view expected, std::string_view got) {
    ReplyReader reader(echo);
    if (!expected.empty()) reader.expect(expected);
    EXPECT_TRUE(is_fault(reader.read(got)));
    return reader.complaint();
  };
  EXPECT_EQ(complaint("abc", "abd"), "expected 'abc', got 'abd'");
  EXPECT_EQ(complaint("abc", "abcd"), "expected 'abc', got 'abcd'");
  EXPECT_EQ(complaint("", "nonsense"), "expected nothing, got 'nonsense'");
  EXPECT_EQ(complaint("", "welcome"),
            "got 'welcome'; this looks like a greet server: leave out --protocol echo");
  const std::string same(80, 'x');
  EXPECT_EQ(complaint(same + "a", same + "b"), "expected '" + same.substr(8) + "…', got '" +
                                                   same.substr(8) +
                                                   "…' (they differ from byte 81 on)");
}

}  // namespace
}  // namespace yodel::client
