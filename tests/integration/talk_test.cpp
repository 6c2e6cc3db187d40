// `yodel talk` as a user sees it: the program itself, against the classic server and against
// servers that say exactly what a test wants.
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string yodel() {
  const char* const folder = std::getenv("YODEL_BIN_DIR");
  if (folder == nullptr) throw std::runtime_error("YODEL_BIN_DIR must name the folder of yodel");
  return std::string(folder) + "/yodel";
}

Command talk(const std::string& server, const Words& more = {}) {
  Command command{.path = yodel(), .arguments = {"talk", "-s", server}, .unset = {"YODEL_SERVER"}};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  return command;
}

void expect_outcome(const Outcome& outcome, int status, const std::string& output,
                    const std::string& errors) {
  EXPECT_EQ(outcome.exit.status, status) << "signal " << outcome.exit.signal;
  EXPECT_EQ(outcome.output, output);
  EXPECT_EQ(outcome.errors, errors);
}

// Runs `yodel talk WORDS` with a server that follows `script`. In `errors`, PEER stands for its
// name.
void expect_talk(ScriptedServer::Script script, const Words& words, int status,
                 const std::string& output, std::string errors = {},
                 std::optional<std::string> input = std::string()) {
  ScriptedServer server(std::move(script));
  Command command = talk(server.name(), words);
  command.input = std::move(input);
  const Outcome outcome = run(command);
  if (const auto peer = errors.find("PEER"); peer != std::string::npos) {
    errors.replace(peer, 4, server.name());
  }
  expect_outcome(outcome, status, output, errors);
  EXPECT_EQ(server.finish(), "");
}

// A server in lines that greets `names`, hears "exit" and closes.
ScriptedServer::Script lines(Words names) {
  return [names = std::move(names)](Conversation& client) {
    client.say("welcome");
    for (const auto& name : names) {
      client.expect(name + "\n");
      client.say("hello, " + name + "!\n");
    }
    client.expect(names.empty() ? "exit" : "exit\n");
  };
}

// --- the classic server ---

class ClassicServer : public testing::Test {
 protected:
  ClassicServer()
      : server_({.path = "/usr/bin/python3",
                 .arguments = {YODEL_SOURCE_DIR "/tests/integration/classic_server.py", "0"},
                 .input = std::nullopt}) {
    const auto end = server_.wait_for_output("\n");
    port_ = server_.output().substr(0, end - 1);
  }

  [[nodiscard]] std::string name() const { return "127.0.0.1:" + port_; }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  Program server_;
  std::string port_;
};

TEST_F(ClassicServer, IsRecognisedFromItsFirstReply) {
  expect_outcome(run(talk(name(), {"alice", "bob", "王小明"})), 0,
                 "welcome\nhello, alice!\nhello, bob!\nhello, 王小明!\n", "");
}

TEST_F(ClassicServer, IsSpokenToUnframedFromTheStart) {
  expect_outcome(run(talk(name(), {"--unframed", "alice"})), 0, "welcome\nhello, alice!\n", "");
}

TEST_F(ClassicServer, IsToldToExitBeforeAnyMessage) {
  expect_outcome(run(talk(name(), {"exit"})), 0, "welcome\n", "");
}

TEST_F(ClassicServer, CannotBeSentAnEmptyMessage) {
  expect_outcome(run(talk(name(), {"alice", ""})), 2, "welcome\nhello, alice!\n",
                 "yodel: " + name() + ": an empty message cannot be sent unframed\n");
}

TEST_F(ClassicServer, AndClassicClientUnderstandEachOther) {
  expect_outcome(
      run({.path = "/usr/bin/python3",
           .arguments = {YODEL_SOURCE_DIR "/tests/integration/classic_client.py", port(), "王小明"},
           .set = {{"PYTHONUTF8", "1"}}}),
      0, "welcome\nhello, 王小明!\n", "");
}

// --- framing ---

TEST(Talk, GreetsInLinesAndSaysExit) {
  expect_talk(lines({"alice", "bob"}), {"alice", "bob"}, 0,
              "welcome\nhello, alice!\nhello, bob!\n");
}

TEST(Talk, TakesRepliesCutByteByByte) {
  expect_talk(
      [](Conversation& client) {
        client.expect("alice\n");
        client.say_bytewise("hello, alice!\n");
        client.expect("bob\n");
        client.say_bytewise("hello, bob!\n");
        client.expect("exit\n");
      },
      {"--no-welcome", "alice", "bob"}, 0, "hello, alice!\nhello, bob!\n");
}

TEST(Talk, WaitsForTheNewlineOfTheFirstReplyAlongWithTheSecond) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.expect("alice\n");
        client.say("hello, alice!");
        client.expect("bob\n");
        client.say("\nhello, bob!\n");
        client.expect("exit\n");
      },
      {"alice", "bob"}, 0, "welcome\nhello, alice!\nhello, bob!\n");
}

TEST(Talk, RecognisesAServerThatTakesTheNewlineOff) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.expect("alice\n");
        client.say("hello, alice!");
        client.expect("bob\n");
        client.say("hello, bob!");
        client.expect("jack");
        client.say("hello, jack!");
        client.expect("exit");
      },
      {"alice", "bob", "jack"}, 0, "welcome\nhello, alice!\nhello, bob!\nhello, jack!\n");
}

TEST(Talk, EndsTheDialogueWhereTheFramingIsOpen) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.expect("alice\n");
        client.say("hello, alice!");
        client.expect("exit");
        client.expect_end();
      },
      {"alice"}, 0, "welcome\nhello, alice!\n");
}

TEST(Talk, SendsNoNewlineUnframed) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.expect("alice");
        client.say_bytewise("hello, alice!");
        client.expect("exit");
        client.expect_end();
      },
      {"--unframed", "alice"}, 0, "welcome\nhello, alice!\n");
}

TEST(Talk, TellsAServerThatDoesNotKnowExitByTheEndOfFile) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.expect("alice\n");
        client.say("hello, alice!\n");
        client.expect("exit\n");
        client.say("hello, exit!\n");
        client.expect_end();
      },
      {"alice"}, 0, "welcome\nhello, alice!\n");
}

// --- messages ---

TEST(Talk, SendsNothingBehindExit) {
  expect_talk(lines({"alice"}), {"alice", "exit", "bob"}, 0, "welcome\nhello, alice!\n");
}

TEST(Talk, SaysExitWithoutAnyMessage) {
  expect_talk(lines({}), {}, 0, "welcome\n");
}

TEST(Talk, PassesArgumentsOnAsTheyAre) {
  expect_talk(lines({"", "[a,b]", "-x", "talk", "%%"}), {"", "[a,b]", "--", "-x", "talk", "%%"}, 0,
              "welcome\nhello, !\nhello, [a,b]!\nhello, -x!\nhello, talk!\nhello, %%!\n");
}

TEST(Talk, ReadsTheLinesOfStandardInput) {
  expect_talk(lines({"alice", "王小明", "", "\xff\xfe", "bob"}), {}, 0,
              "welcome\nhello, alice!\nhello, 王小明!\nhello, !\nhello, \xff\xfe!\nhello, bob!\n",
              "", "alice\r\n王小明\n\n\xff\xfe\nbob");
}

TEST(Talk, EndsAtALineThatSaysExit) {
  expect_talk(lines({"alice"}), {}, 0, "welcome\nhello, alice!\n", "", "alice\nexit\nbob\n");
}

// The server answers while it reads: a client that only wrote would wait for it, and it for the
// client.
TEST(Talk, SendsALongLineAndReadsTheReplyMeanwhile) {
  const std::string name(4'000'000, 'x');
  expect_talk(
      [](Conversation& client) {
        std::string part = client.hear();
        client.say("hello, ");
        for (bool whole = false; !whole; part = whole ? "" : client.hear()) {
          whole = part.back() == '\n';
          if (whole) part.pop_back();
          client.say(part);
        }
        client.say("!\n");
        client.expect("exit\n");
      },
      {"--no-welcome"}, 0, "hello, " + name + "!\n", "", name);
}

// --- the welcome ---

TEST(Talk, ReadsALongWelcomeWhole) {
  const std::string welcome(4096, 'w');
  expect_talk(
      [&](Conversation& client) {
        client.say(welcome);
        client.expect("exit");
      },
      {}, 0, welcome + "\n");
}

TEST(Talk, TakesALatePartOfTheWelcomeForWhatItIs) {
  std::promise<void> first_part_shown;
  ScriptedServer server([&](Conversation& client) {
    client.say("wel");
    first_part_shown.get_future().wait_for(patience);
    client.say("come\n");
    client.expect("alice\n");
    client.say("hello, alice!\n");
    client.expect("exit\n");
  });
  Command command = talk(server.name());
  command.input.reset();
  Program program(command);
  program.wait_for_output("wel\n");
  first_part_shown.set_value();
  program.write("alice\n");
  program.wait_for_output("hello, alice!\n");
  program.end_input();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_EQ(program.output(), "wel\ncome\nhello, alice!\n");
  EXPECT_EQ(server.finish(), "");
}

TEST(Talk, DoesNotWaitForAWelcomeThatDoesNotCome) {
  expect_talk(
      [](Conversation& client) {
        client.expect("alice\n");
        client.say("hello, alice!\n");
        client.expect("exit\n");
      },
      {"--no-welcome", "alice"}, 0, "hello, alice!\n");
}

TEST(Talk, ShowsAnErrorInTheWelcomesPlace) {
  expect_talk(
      [](Conversation& client) { client.say("error: too many connections from your address\n"); },
      {"alice"}, 1, "",
      "yodel: PEER: the server's error: too many connections from your address\n");
}

TEST(Talk, SaysThatTheServerClosedBeforeTheWelcome) {
  expect_talk([](Conversation& client) { client.close(); }, {"alice"}, 1, "",
              "yodel: PEER: closed the connection before the welcome\n");
}

// --- answers that are none ---

ScriptedServer::Script answering(std::string answer, bool closes = false) {
  return [answer = std::move(answer), closes](Conversation& client) {
    client.say("welcome");
    client.expect("alice\n");
    client.say(answer);
    if (!closes) client.expect_end();
  };
}

TEST(Talk, ReportsAWrongReply) {
  expect_talk(answering("hello, bob!\n"), {"alice", "jack"}, 1, "welcome\nhello, bob!\n",
              "yodel: PEER: expected 'hello, alice!', got 'hello, bob!\\n'\n");
}

TEST(Talk, ReportsWhatStandsBehindAReply) {
  expect_talk(answering("hello, alice!\nmore", true), {"alice"}, 1,
              "welcome\nhello, alice!\nmore\n",
              "yodel: PEER: expected 'hello, alice!\\n', got 'hello, alice!\\nmore'\n");
}

TEST(Talk, ReportsAWrongReplyInLinesAtItsNewline) {
  expect_talk(
      [](Conversation& client) {
        client.expect("alice\n");
        client.say("hello, alice!\n");
        client.expect("bob\n");
        client.say("hello, alice!\n");
        client.expect_end();
      },
      {"--no-welcome", "alice", "bob"}, 1, "hello, alice!\nhello, alice!\n",
      "yodel: PEER: expected 'hello, bob!\\n', got 'hello, alice!\\n'\n");
}

TEST(Talk, EscapesAndCutsWhatItReports) {
  const std::string answer = "\x1b[31m\x9b王\t" + std::string(100, 'x');
  expect_talk(answering(answer, true), {"alice"}, 1, "welcome\n" + answer + "\n",
              "yodel: PEER: expected 'hello, alice!', got '\\x1b[31m\\x9b王\\t" +
                  std::string(62, 'x') + "…'\n");
}

TEST(Talk, ShowsTheServersError) {
  expect_talk(answering("error: message longer than 3 bytes\n"), {"alice"}, 1, "welcome\n",
              "yodel: PEER: the server's error: message longer than 3 bytes\n");
}

TEST(Talk, SaysThatTheServerClosedInsteadOfAnswering) {
  expect_talk(answering("", true), {"alice"}, 1, "welcome\n",
              "yodel: PEER: closed the connection before answering 'alice'\n");
}

TEST(Talk, SaysThatTheServerClosedWithinItsAnswer) {
  expect_talk(answering("hello, al", true), {"alice"}, 1, "welcome\n",
              "yodel: PEER: closed the connection before answering 'alice'; "
              "got 'hello, al' so far\n");
}

TEST(Talk, TakesAReplyThatTheServerClosesBehind) {
  expect_talk(answering("hello, alice!\n", true), {"alice"}, 0, "welcome\nhello, alice!\n");
}

TEST(Talk, SaysThatTheConnectionWasReset) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.expect("alice\n");
        client.reset();
      },
      {"alice"}, 1, "welcome\n",
      "yodel: PEER: connection reset by peer before answering 'alice'\n");
}

TEST(Talk, NoticesWhileItWaitsForInputThatTheServerCloses) {
  expect_talk(
      [](Conversation& client) {
        client.say("welcome");
        client.end_output();
        client.expect_end();
      },
      {}, 1, "welcome\n", "yodel: PEER: closed the connection while it waited for a message\n",
      std::nullopt);
}

// --- time ---

TEST(Talk, TimesOutWaitingForTheWelcome) {
  expect_talk([](Conversation& client) { client.expect_end(); }, {"--timeout", "50ms", "alice"}, 5,
              "",
              "yodel: PEER: timed out after 50ms waiting for the welcome (--no-welcome, if the "
              "server sends none)\n");
}

TEST(Talk, TimesOutWaitingForAReply) {
  expect_talk(answering("hello, al"), {"--timeout=0.5", "alice"}, 5, "welcome\n",
              "yodel: PEER: timed out after 500ms waiting for the reply to 'alice'; "
              "got 'hello, al' so far\n");
}

TEST(Talk, TimesOutWaitingForTheClose) {
  std::promise<void> done;
  ScriptedServer server([&](Conversation& client) {
    client.say("welcome");
    client.expect("exit");
    client.expect_end();
    done.get_future().wait_for(patience);
  });
  const Outcome outcome = run(talk(server.name(), {"--timeout", "500ms"}));
  done.set_value();
  expect_outcome(outcome, 5, "welcome\n",
                 "yodel: " + server.name() +
                     ": timed out after 500ms waiting for the server to close the connection\n");
}

TEST(Talk, TimesOutConnecting) {
  // Nobody accepts, and the backlog is full.
  const fs::path path = fs::path(testing::TempDir()) / ("full-" + std::to_string(::getpid()));
  const posix::Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const posix::Descriptor waiting(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* const bytes = reinterpret_cast<const sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), bytes, sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  ASSERT_EQ(::connect(waiting.get(), bytes, sizeof address), 0);
  expect_outcome(run(talk("unix:" + path.string(), {"--connect-timeout", "50ms", "alice"})), 5, "",
                 "yodel: unix:" + path.string() + ": connection timed out\n");
  fs::remove(path);
}

// --- addresses ---

TEST(Talk, TakesTheServerFromTheEnvironment) {
  ScriptedServer server(lines({"alice"}));
  const Outcome outcome = run(
      {.path = yodel(), .arguments = {"talk", "alice"}, .set = {{"YODEL_SERVER", server.name()}}});
  expect_outcome(outcome, 0, "welcome\nhello, alice!\n", "");
}

TEST(Talk, SpeaksToAUnixSocket) {
  const fs::path path = fs::path(testing::TempDir()) / ("talk-" + std::to_string(::getpid()));
  ScriptedServer server(lines({"alice"}), path);
  expect_outcome(run(talk(server.name(), {"alice"})), 0, "welcome\nhello, alice!\n", "");
  EXPECT_EQ(server.finish(), "");
  fs::remove(path);
  expect_outcome(run(talk(server.name(), {"alice"})), 4, "",
                 "yodel: " + server.name() + ": no such file or directory\n");
}

TEST(Talk, SpeaksToAnIpv6Server) {
  std::optional<ScriptedServer> server;
  try {
    server.emplace(lines({"alice"}), true);
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << "this machine has no ::1: " << error.what();
  }
  expect_outcome(run(talk(server->name(), {"-6", "alice"})), 0, "welcome\nhello, alice!\n", "");
  EXPECT_EQ(server->finish(), "");
}

TEST(Talk, SaysThatTheConnectionWasRefused) {
  // Bound, so that nobody else gets the port, and not listening.
  const posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string server = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  expect_outcome(run(talk(server, {"alice"})), 4, "",
                 "yodel: " + server + ": connection refused\n");
}

// A name with two addresses, which programs find in a hosts(5) of their own.
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

  // The same in a mount namespace in which the file is ours, unshare(1).
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
  // Nobody else's: a port that is free at one of them is free at the other, which of 127.0.0.1,
  // where other tests run meanwhile, cannot be said.
  static constexpr const char* one = "127.0.7.1";
  static constexpr const char* two = "127.0.7.2";
  const std::string name_ = "pair.test";
  TemporaryFolder folder_;
  const std::string hosts_ =
      folder_.write("hosts", std::string(one) + " " + name_ + "\n" + two + " " + name_ + "\n");
  std::string first_;
  std::string second_;
};

// A socket that is bound to `port` of `address`; 0: any that is free.
posix::Descriptor bind_to(const std::string& address, std::uint16_t port) {
  posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &in.sin_addr);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&in), sizeof in) != 0) {
    throw std::runtime_error(address + ":" + std::to_string(port) + ": " + std::strerror(errno));
  }
  return socket;
}

sockaddr_in address_of(const posix::Descriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

// The first address swallows what is sent to it: its backlog is full. A share of the time for
// connecting would be an hour.
TEST_F(TwoAddresses, AreNotTriedInTurnWhenTheFirstIsSilent) {
  Daemon daemon("[[listen]]\naddress = '" + second() + "'\nport = 0\n");
  const auto port = port_of(daemon.address());
  const auto silent = bind_to(first(), static_cast<std::uint16_t>(std::stoi(port)));
  ASSERT_EQ(::listen(silent.get(), 0), 0);
  const posix::Descriptor waiting(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = address_of(silent);
  ASSERT_EQ(::connect(waiting.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  expect_outcome(run(with_hosts(talk(name() + ":" + port, {"--connect-timeout", "120m", "alice"}))),
                 0, "welcome\nhello, alice!\n", "");
}

TEST_F(TwoAddresses, AreEachNamedWhenNoneConnects) {
  const auto refusing = bind_to(first(), 0);
  const auto number = ntohs(address_of(refusing).sin_port);
  const auto refusing_too = bind_to(second(), number);
  const std::string port = ":" + std::to_string(number);
  expect_outcome(run(with_hosts(talk(name() + port, {"alice"}))), 4, "",
                 "yodel: " + first() + port + ": connection refused; " + second() + port +
                     ": connection refused\n");
}

TEST(Talk, SaysThatAHostHasNoAddress) {
  const Outcome outcome = run(talk("nonexistent.invalid", {"alice"}));
  EXPECT_EQ(outcome.exit.status, 3);
  EXPECT_TRUE(outcome.errors.starts_with("yodel: cannot resolve 'nonexistent.invalid': "))
      << outcome.errors;
}

// --- usage and output ---

TEST(Usage, ErrorsHaveStatus2AndAHint) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{}, "no command given"},
      {{"tlak"}, "unknown command 'tlak'"},
      {{"--wrong"}, "unexpected argument '--wrong'"},
      {{"talk", "--wrong"}, "unexpected argument '--wrong'"},
      {{"help", "tlak"}, "yodel: unknown command 'tlak'\nTry 'yodel --help'"},
      {{"help", "--", "--help"}, "unknown command '--help'"},
      {{"help", "talk", "more"}, "unexpected argument 'more'"},
      {{"talk", "-4", "-6"}, "--ipv4 excludes --ipv6"},
      {{"talk", "-s", ""}, "no host"},
      {{"talk", "-s", "localhost:0"}, "'0' is not a port"},
      {{"talk", "-4", "-s", "unix:/tmp/x"}, "no use for --ipv4"},
      {{"talk", "--timeout", "0s"}, "'0s' is not a length of time"},
      {{"talk", "--timeout", "-1"}, "'-1' is not a length of time"},
      {{"talk", "--connect-timeout", "soon"}, "--connect-timeout: 'soon'"},
      {{"talk", "alice\nbob"}, "a message with a newline in it would be two"},
      {{"talk", "--unframed", ""}, "an empty message cannot be sent unframed"},
  };
  for (const auto& [words, text] : cases) {
    const Outcome outcome = run({.path = yodel(), .arguments = words});
    EXPECT_EQ(outcome.exit.status, 2) << text;
    EXPECT_EQ(outcome.output, "") << text;
    EXPECT_NE(outcome.errors.find(text), std::string::npos) << outcome.errors;
    EXPECT_NE(outcome.errors.find(" --help' for more information.\n"), std::string::npos);
  }
}

TEST(Usage, HelpAndVersionGoToStandardOutput) {
  for (const Words& words : {Words{"--help"}, Words{"talk", "--help"}, Words{"--version"}}) {
    const Outcome outcome = run({.path = yodel(), .arguments = words});
    EXPECT_EQ(outcome.exit.status, 0);
    EXPECT_NE(outcome.output, "");
    EXPECT_EQ(outcome.errors, "");
  }
}

TEST(Usage, HelpIsACommandToo) {
  const auto same = [](const Words& words, const Words& option) {
    const Outcome outcome = run({.path = yodel(), .arguments = words});
    expect_outcome(outcome, 0, run({.path = yodel(), .arguments = option}).output, "");
  };
  same({"help"}, {"--help"});
  // Each of those that there are.
  const std::string text = run({.path = yodel(), .arguments = {"help"}}).output;
  std::istringstream lines(text.substr(text.find("Subcommands:\n")));
  std::string line;
  std::size_t commands = 0;
  for (std::getline(lines, line); std::getline(lines, line) && line.starts_with("  ");) {
    if (line[2] == ' ') continue;  // the description goes on
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    SCOPED_TRACE(name);
    same({"help", name}, {name, "--help"});
    ++commands;
  }
  EXPECT_GE(commands, 2U);
}

TEST(Output, ThatCannotBeWrittenIsReported) {
  ScriptedServer server([](Conversation& client) { client.say("welcome"); });
  Command command = talk(server.name(), {"alice"});
  command.output_file = "/dev/full";
  expect_outcome(run(command), 6, "", "yodel: standard output: No space left on device\n");
}

TEST(Output, ThatIsClosedIsReported) {
  ScriptedServer server([](Conversation& client) {
    client.say("welcome");
    client.expect_end();
  });
  const Outcome outcome =
      run({.path = "/bin/sh",
           .arguments = {"-c", R"(exec "$0" talk -s "$1" alice >&-)", yodel(), server.name()}});
  expect_outcome(outcome, 6, "", "yodel: standard output: Bad file descriptor\n");
  EXPECT_EQ(server.finish(), "");
}

// --- the prompt ---

class Prompt : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(state_); }
  void TearDown() override { fs::remove_all(state_); }

  [[nodiscard]] Command at_terminal(Command command) const {
    command.terminal = true;
    command.set.insert(command.set.end(),
                       {{"TERM", "xterm"}, {"XDG_STATE_HOME", state_}, {"LC_ALL", "C"}});
    return command;
  }
  [[nodiscard]] const std::string& state() const { return state_; }

 private:
  std::string state_ =
      (fs::path(testing::TempDir()) / ("prompt-" + std::to_string(::getpid()))).string();
};

TEST_F(Prompt, TakesLinesUntilTheEndOfFile) {
  ScriptedServer server(lines({"alice", "王小明"}));
  Program program(at_terminal(talk(server.name())));
  auto position = program.wait_for_output("> ", program.wait_for_output("welcome"));
  program.write(
      "alicf\x7f"
      "e\r");  // a slip, and Backspace
  position = program.wait_for_output("> ", program.wait_for_output("hello, alice!", position));
  program.write("王小明\r");
  program.wait_for_output("> ", program.wait_for_output("hello, 王小明!", position));
  program.write("\x04");
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_EQ(server.finish(), "");
}

TEST_F(Prompt, KeepsItsHistory) {
  for (const char* const typed : {"alice\r", "\x1b[A\r"}) {  // the second time: arrow up
    ScriptedServer server(lines({"alice"}));
    Program program(at_terminal(talk(server.name())));
    const auto position = program.wait_for_output("> ");
    program.write(typed);
    program.wait_for_output("> ", program.wait_for_output("hello, alice!", position));
    program.write("\x04");
    EXPECT_EQ(program.wait().status, 0);
    EXPECT_EQ(server.finish(), "");
  }
  struct stat file {};
  struct stat folder {};
  ASSERT_EQ(::stat((state() + "/yodel/history").c_str(), &file), 0);
  ASSERT_EQ(::stat((state() + "/yodel").c_str(), &folder), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);
  EXPECT_EQ(folder.st_mode & 07777, 0700U);
}

TEST_F(Prompt, NoticesThatTheServerCloses) {
  std::promise<void> prompted;
  ScriptedServer server([&](Conversation& client) {
    client.say("welcome");
    prompted.get_future().wait_for(patience);
  });
  Program program(at_terminal(talk(server.name())));
  program.wait_for_output("> ");
  program.write("ali");
  program.wait_for_output("ali");
  prompted.set_value();
  EXPECT_EQ(program.wait().status, 1);
  EXPECT_NE(program.output().find("ali\r\nyodel: " + server.name() +
                                  ": closed the connection while it waited for a message\r\n"),
            std::string::npos)
      << program.output();
}

// The shell shows the terminal's state when yodel has gone.
TEST_F(Prompt, PutsTheTerminalBackOnControlC) {
  ScriptedServer server([](Conversation& client) {
    client.say("welcome");
    client.expect_end();
  });
  Program program(at_terminal(
      {.path = "/bin/sh",
       .arguments = {"-c", R"(trap : INT; "$0" talk -s "$1"; echo status $?; stty -a; echo end)",
                     yodel(), server.name()}}));
  program.wait_for_output("> ");
  program.write("ali\x03");
  const auto position = program.wait_for_output("status 130\r\n");
  program.wait_for_output("end", position);
  EXPECT_NE(program.output().find(" icanon", position), std::string::npos) << program.output();
  EXPECT_NE(program.output().find(" echo ", position), std::string::npos) << program.output();
  EXPECT_EQ(server.finish(), "");
}

TEST_F(Prompt, IgnoresAnEmptyLineUnframed) {
  ScriptedServer server([](Conversation& client) {
    client.say("welcome");
    client.expect("alice");
    client.say("hello, alice!");
    client.expect("exit");
  });
  Program program(at_terminal(talk(server.name(), {"--unframed"})));
  program.write("\r");
  auto position = program.wait_for_output("> ");
  program.write("\r");
  position = program.wait_for_output("> ", position);
  program.write("alice\r");
  program.wait_for_output("> ", program.wait_for_output("hello, alice!", position));
  program.write("\x04");
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_EQ(server.finish(), "");
}

}  // namespace
}  // namespace yodel::tests
