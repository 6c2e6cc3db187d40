// What the bytes that came are, measured against the reply that is due.
#include "client/talk/reply.hpp"

#include <gtest/gtest.h>
#include <string>

#include "client/exchange/exchange.hpp"

namespace yodel::client::talk {
namespace {

using Kind = ExpectedReply::Kind;

Kind kind(std::string_view message, Framing framing, std::string_view received,
          bool ended = false) {
  return ExpectedReply(message, framing, false).match(received, ended).kind;
}

// Every beginning of `reply` is incomplete but for `short_ones`, and the whole is right.
void expect_right(std::string_view message, Framing before, const std::string& reply,
                  Framing after) {
  const ExpectedReply expected(message, before, false);
  for (std::size_t size = 0; size < reply.size(); ++size) {
    const auto match = expected.match(reply.substr(0, size), false);
    const bool undecided = match.kind == Kind::right && match.framing == Framing::undecided;
    EXPECT_TRUE(match.kind == Kind::incomplete || undecided) << reply.substr(0, size);
  }
  const auto match = expected.match(reply, false);
  EXPECT_EQ(match.kind, Kind::right) << reply;
  EXPECT_EQ(match.framing, after) << reply;
  EXPECT_EQ(match.before, 0U);
  EXPECT_EQ(expected.match(reply + "x", false).kind, Kind::unexpected) << reply;
}

TEST(Reply, TellsTheFraming) {
  for (const std::string name : {"alice", "", "王小明", "a!", "!\r!", "hello, alice!"}) {
    const std::string hello = "hello, " + name;
    expect_right(name, Framing::unknown, hello + "!\n", Framing::lines);
    expect_right(name, Framing::unknown, hello + "\n!", Framing::unframed);
    expect_right(name, Framing::undecided, "\n" + hello + "!\n", Framing::lines);
    expect_right(name, Framing::undecided, hello + "!", Framing::unframed);
    expect_right(name, Framing::lines, hello + "!\n", Framing::lines);
    expect_right(name, Framing::unframed, hello + "!", Framing::unframed);
    EXPECT_EQ(ExpectedReply(name, Framing::unknown, false).match(hello + "!", false).framing,
              Framing::undecided);
  }
}

TEST(Reply, IsWrongInAnotherFraming) {
  EXPECT_EQ(kind("alice", Framing::lines, "hello, alice\n!"), Kind::unexpected);
  EXPECT_EQ(kind("alice", Framing::unframed, "hello, alice!\n"), Kind::unexpected);
  EXPECT_EQ(kind("alice", Framing::undecided, "hello, alice!\n"), Kind::unexpected);
}

TEST(Reply, NeedsNoNewlineBeforeTheEndOfFile) {
  EXPECT_EQ(kind("alice", Framing::lines, "hello, alice!"), Kind::incomplete);
  EXPECT_EQ(kind("alice", Framing::lines, "hello, alice!", true), Kind::right);
  EXPECT_EQ(kind("alice", Framing::undecided, "\nhello, alice!", true), Kind::right);
  EXPECT_EQ(kind("alice", Framing::lines, "hello, alice", true), Kind::incomplete);
}

TEST(Reply, MayStandBehindTheEndOfTheWelcome) {
  const ExpectedReply expected("alice", Framing::unknown, true);
  EXPECT_EQ(expected.match("come\n", false).kind, Kind::unexpected);
  const auto match = expected.match("come\nhello, alice!\n", false);
  EXPECT_EQ(match.kind, Kind::right);
  EXPECT_EQ(match.before, 5U);
  EXPECT_EQ(match.framing, Framing::lines);
  EXPECT_EQ(kind("alice", Framing::unknown, "come\nhello, alice!\n"), Kind::unexpected);
}

TEST(Reply, ServersErrorIsALineOfItsOwn) {
  EXPECT_EQ(server_error("error: too long\n"), "too long");
  EXPECT_EQ(server_error("\nerror: too long\nmore"), "too long");
  EXPECT_EQ(server_error("error: too lo"), std::nullopt);
  EXPECT_EQ(server_error("hello, error: !\n"), std::nullopt);
}

TEST(Message, ThatCannotBeToldApartHasAnObstacle) {
  for (const auto framing : {Framing::unknown, Framing::undecided, Framing::lines}) {
    EXPECT_FALSE(obstacle("", framing));
    EXPECT_FALSE(obstacle("a\rb", framing));
    EXPECT_TRUE(obstacle("a\nb", framing));
    EXPECT_TRUE(obstacle("a\r", framing));
  }
  EXPECT_TRUE(obstacle("", Framing::unframed));
  EXPECT_FALSE(obstacle("a\nb", Framing::unframed));
}

TEST(Message, ExitEndsInANewlineOnlyInLines) {
  EXPECT_EQ(framed_exit(Framing::unknown), "exit");
  EXPECT_EQ(framed_exit(Framing::undecided), "exit");
  EXPECT_EQ(framed_exit(Framing::lines), "exit\n");
  EXPECT_EQ(framed_exit(Framing::unframed), "exit");
}

}  // namespace
}  // namespace yodel::client::talk
