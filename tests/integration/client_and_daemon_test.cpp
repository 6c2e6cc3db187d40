// yodel and yodeld with each other.

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

Command talk(const std::string& server, const std::vector<std::string>& names) {
  return with_arguments({.path = binary("yodel"), .arguments = {"talk", "-s", server}}, names);
}

TEST(TalkToTheDaemon, ShowsTheTranscript) {
  Daemon daemon;
  const auto outcome = run(talk(daemon.address(), {"alice", "bob", "jack"}));
  EXPECT_EQ(outcome.output, "welcome\nhello, alice!\nhello, bob!\nhello, jack!\n");
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.exit.status, 0);
  daemon.wait_for_record("closed: peer sent exit, 3 messages, 20 bytes in, 46 out");
}

TEST(TalkToTheDaemon, InChinese) {
  Daemon daemon;
  EXPECT_EQ(run(talk(daemon.address(), {"爱丽丝"})).output, "welcome\nhello, 爱丽丝!\n");
}

TEST(TalkToTheDaemon, OverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\naddress = '" + where + "'\n");
  EXPECT_EQ(run(talk(where, {"alice"})).output, "welcome\nhello, alice!\n");
}

TEST(TalkToTheDaemon, WithAThousandLinesFromStandardInput) {
  Daemon daemon;
  std::string input;
  std::string expected = "welcome\n";
  for (int i = 0; i < 1000; ++i) {
    input += std::to_string(i) + "\n";
    expected += "hello, " + std::to_string(i) + "!\n";
  }
  auto command = talk(daemon.address(), {});
  command.input = input;
  EXPECT_TRUE(run(command).output == expected);
}

TEST(TalkToTheDaemon, UnframedWhereTheFileSaysSo) {
  Daemon daemon("[[listen]]\nport = 0\n[greet]\nframing = 'unframed'\n");
  const auto outcome = run(talk(daemon.address(), {"--unframed", "alice", "bob"}));
  EXPECT_EQ(outcome.output, "welcome\nhello, alice!\nhello, bob!\n");
  EXPECT_EQ(outcome.exit.status, 0);
  daemon.wait_for_record("closed: peer sent exit");
}

TEST(TalkToTheDaemon, ShowsTheErrorOfAMessageThatIsTooLong) {
  Daemon daemon;
  const auto outcome = run(talk(daemon.address(), {std::string(3000, 'x')}));
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_NE(outcome.errors.find("message longer than 1024 bytes"), std::string::npos)
      << outcome.errors;
}

TEST(TalkToTheDaemon, ShowsThatItWasRefusedForItsSource) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nsessions_per_source = 1\n");
  Command waits = talk(daemon.address(), {});
  waits.input = std::nullopt;
  Program holder(waits);
  holder.wait_for_output("welcome");
  const auto outcome = run(talk(daemon.address(), {"alice"}));
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_NE(outcome.errors.find("too many connections from your address"), std::string::npos)
      << outcome.errors;
}

}  // namespace
}  // namespace yodel::tests
