// `yodel talk` with real servers, at each kind of address: yodeld and the classic one.
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/echo_servers.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

// --- yodeld ---

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
  EXPECT_TRUE(run(with_input(talk(daemon.address()), input)).output == expected);
}

TEST(TalkToTheDaemon, UnframedAsConfigured) {
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

TEST(TalkToTheDaemon, ShowsTheErrorOfTooManyConnections) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nsessions_per_source = 1\n");
  Program holder(with_input(talk(daemon.address()), std::nullopt));
  holder.wait_for_output("welcome");
  const auto outcome = run(talk(daemon.address(), {"alice"}));
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_NE(outcome.errors.find("too many connections from your address"), std::string::npos)
      << outcome.errors;
}

// --- the classic server ---

class ClassicServer : public testing::Test {
 protected:
  [[nodiscard]] const std::string& name() const { return server_.address(); }

 private:
  ClassicGreetServer server_;
};

TEST_F(ClassicServer, IsRecognisedFromItsFirstReply) {
  expect_outcome(run(talk(name(), {"alice", "bob", "王小明"})), 0,
                 "welcome\nhello, alice!\nhello, bob!\nhello, 王小明!\n", "");
}

TEST_F(ClassicServer, WorksUnframedFromTheStart) {
  expect_outcome(run(talk(name(), {"--unframed", "alice"})), 0, "welcome\nhello, alice!\n", "");
}

TEST_F(ClassicServer, GetsExitBeforeAnyMessage) {
  expect_outcome(run(talk(name(), {"exit"})), 0, "welcome\n", "");
}

TEST_F(ClassicServer, CannotBeSentAnEmptyMessage) {
  expect_outcome(run(talk(name(), {"alice", ""})), 2, "welcome\nhello, alice!\n",
                 "yodel: " + name() + ": an empty message cannot be sent unframed\n");
}

TEST_F(ClassicServer, AndClassicClientUnderstandEachOther) {
  expect_outcome(run({.path = "/usr/bin/python3",
                      .arguments = {YODEL_SOURCE_DIR "/tests/integration/classic_client.py",
                                    port_of(name()), "王小明"},
                      .set = {{"PYTHONUTF8", "1"}}}),
                 0, "welcome\nhello, 王小明!\n", "");
}

// --- addresses ---

TEST(Talk, ReadsTheServerFromTheEnvironment) {
  ScriptedServer server(greet_in_lines({"alice"}));
  const Outcome outcome = run({.path = binary("yodel"),
                               .arguments = {"talk", "alice"},
                               .set = {{"YODEL_SERVER", server.name()}}});
  expect_outcome(outcome, 0, "welcome\nhello, alice!\n", "");
}

TEST(Talk, ConnectsToAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/greet";
  ScriptedServer server(greet_in_lines({"alice"}), "unix:" + path);
  expect_outcome(run(talk(server.name(), {"alice"})), 0, "welcome\nhello, alice!\n", "");
  EXPECT_EQ(server.finish(), "");
  ::unlink(path.c_str());
  expect_outcome(run(talk(server.name(), {"alice"})), 4, "",
                 "yodel: " + server.name() + ": no such file or directory\n");
}

TEST(Talk, ConnectsToAnIpv6Server) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  ScriptedServer server(greet_in_lines({"alice"}), "[::1]:0");
  expect_outcome(run(talk(server.name(), {"-6", "alice"})), 0, "welcome\nhello, alice!\n", "");
  EXPECT_EQ(server.finish(), "");
}

TEST(Talk, SaysThatTheConnectionWasRefused) {
  const auto nobody = bind_anywhere();
  expect_outcome(run(talk(nobody.address, {"alice"})), 4, "",
                 "yodel: " + nobody.address + ": connection refused\n");
}

// A name with two addresses, which programs find in a hosts(5) file of the test's.
class TwoAddresses : public testing::Test {
 protected:
  void SetUp() override {
    const Outcome outcome =
        run(with_hosts({.path = "/usr/bin/getent", .arguments = {"ahosts", name_}}));
    if (outcome.exit.status != 0) GTEST_SKIP() << "no hosts file of our own: " << outcome.errors;
    // "127.0.7.1       STREAM pair.test", and more lines for each address
    first_ = outcome.output.substr(0, outcome.output.find(' '));
    second_ = first_ == one ? two : one;
    ASSERT_TRUE(holds(outcome.output, "\n" + second_ + " ")) << outcome.output;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  // In the order in which they are tried.
  [[nodiscard]] const std::string& first() const { return first_; }
  [[nodiscard]] const std::string& second() const { return second_; }

  // Returns `command` wrapped to run in a mount namespace with that file, unshare(1).
  [[nodiscard]] Command with_hosts(const Command& command) const {
    Command wrapped = command;
    wrapped.path = "/usr/bin/unshare";
    wrapped.arguments = {::geteuid() == 0 ? "-m" : "-rm",
                         "/bin/sh",
                         "-c",
                         R"(mount --bind "$0" /etc/hosts && exec "$@")",
                         hosts_,
                         command.path};
    return with_arguments(wrapped, command.arguments);
  }

 private:
  // Only these tests use the two addresses, so a port that is free at one is free at the other. At
  // 127.0.0.1 another test could take it meanwhile.
  static constexpr const char* one = "127.0.7.1";
  static constexpr const char* two = "127.0.7.2";
  const std::string name_ = "pair.test";
  TemporaryFolder folder_;
  const std::string hosts_ =
      folder_.write("hosts", std::string(one) + " " + name_ + "\n" + two + " " + name_ + "\n");
  std::string first_;
  std::string second_;
};

// The first address does not answer. If each had its share of --connect-timeout, that would take an
// hour.
TEST_F(TwoAddresses, AreTriedTogetherWhenTheFirstIsSilent) {
  Daemon daemon("[[listen]]\naddress = '" + second() + "'\nport = 0\n");
  const auto port = ":" + port_of(daemon.address());
  const SilentServer silent(first() + port);
  expect_outcome(run(with_hosts(talk(name() + port, {"--connect-timeout", "120m", "alice"}))), 0,
                 "welcome\nhello, alice!\n", "");
}

TEST_F(TwoAddresses, AreEachNamedWhenNoneConnects) {
  const auto refusing = bind_to(first() + ":0");
  const auto refusing_too = bind_to(second() + ":" + port_of(refusing.address));
  expect_outcome(run(with_hosts(talk(name() + ":" + port_of(refusing.address), {"alice"}))), 4, "",
                 "yodel: " + refusing.address + ": connection refused; " + refusing_too.address +
                     ": connection refused\n");
}

TEST(Talk, SaysThatAHostHasNoAddress) {
  const Outcome outcome = run(talk("nonexistent.invalid", {"alice"}));
  EXPECT_EQ(outcome.exit.status, 3);
  EXPECT_TRUE(outcome.errors.starts_with("yodel: cannot resolve 'nonexistent.invalid': "))
      << outcome.errors;
}

}  // namespace
}  // namespace yodel::tests
