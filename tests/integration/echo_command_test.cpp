// `yodel echo` as a user sees it: through real echo servers, and through scripted ones that change
// the bytes.
#include <csignal>
#include <cstddef>
#include <future>
#include <gtest/gtest.h>
#include <optional>
#include <regex>
#include <string>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/echo_servers.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

constexpr std::size_t window_size = 1048576;

// Returns a command that runs `script` in bash, with $0 for yodel, $1 for `server` and $2 for
// `file`.
Command in_bash(const std::string& script, const std::string& server, const std::string& file) {
  return {.path = "/bin/bash",
          .arguments = {"-c", script, binary("yodel"), server, file},
          .unset = {"YODEL_SERVER"}};
}

void expect_echo(const std::string& server, const std::string& bytes) {
  const Outcome outcome = run(with_input(echo(server), bytes), long_patience);
  EXPECT_EQ(outcome.exit.status, 0) << "signal " << outcome.exit.signal;
  EXPECT_TRUE(outcome.output == bytes) << outcome.output.size() << " of " << bytes.size();
  EXPECT_TRUE(outcome.errors.ends_with(" every byte correct\n")) << outcome.errors;
}

// --- real servers ---

class EchoThrough : public testing::TestWithParam<EchoServer::Kind> {
 protected:
  [[nodiscard]] const std::string& server() const { return server_.address(); }

 private:
  EchoServer server_{GetParam()};
};

TEST_P(EchoThrough, BringsEachByteBack) {
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, window_size + 1}) {
    SCOPED_TRACE(size);
    expect_echo(server(), bytes_of(size));
  }
}

TEST_P(EchoThrough, BringsAFileBackThatIsLargerThanAnyBuffer) {
  const TemporaryFolder folder;
  const auto file = folder.write("large", bytes_of(50'000'000));
  const Outcome outcome =
      run(in_bash(R"(set -o pipefail; "$0" echo -s "$1" < "$2" | cmp - "$2")", server(), file),
          long_patience);
  EXPECT_EQ(outcome.exit.status, 0);
  EXPECT_EQ(outcome.output, "");
  const std::regex summary(R"(50\.0 MB in [0-9.]+ m?s, [0-9.]+ [kMG]B/s, every byte correct\n)");
  EXPECT_TRUE(std::regex_match(outcome.errors, summary)) << outcome.errors;
}

TEST_P(EchoThrough, BringsBackWhatComesBitByBit) {
  Program program(with_input(echo(server(), {"-q"}), std::nullopt));
  std::string all;
  for (const char* const part : {"a", "bc\n", "d"}) {
    program.write(part);
    all += part;
    program.wait_for_output(all);
  }
  program.end_input();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_EQ(program.output(), all);
  EXPECT_EQ(program.errors(), "");
}

INSTANTIATE_TEST_SUITE_P(Servers, EchoThrough,
                         testing::Values(EchoServer::Kind::yodeld, EchoServer::Kind::socat,
                                         EchoServer::Kind::xinetd),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(EchoCommand, GoesOverIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\nprotocol = 'echo'\n");
  expect_echo(daemon.address(), bytes_of(100'000));
}

TEST(EchoCommand, GoesOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string server = "unix:" + folder.path() + "/echo";
  const Daemon daemon("[[listen]]\naddress = '" + server + "'\nprotocol = 'echo'\n");
  expect_echo(server, bytes_of(window_size + 1));
}

TEST(EchoCommand, NeedsNoMoreMemoryForMoreBytes) {
  if (sanitized) GTEST_SKIP() << "the address sanitizer takes terabytes of address space";
  const EchoServer server(EchoServer::Kind::yodeld);
  const TemporaryFolder folder;
  const auto file = folder.write("large", bytes_of(100'000'000));
  const Outcome outcome =
      run(in_bash(R"(set -o pipefail; (ulimit -v 50000; exec "$0" echo -q -s "$1" < "$2") |
                     cmp - "$2")",
                  server.address(), file),
          long_patience);
  expect_outcome(outcome, 0, "", "");
}

// --- the summary ---

TEST(EchoCommand, WritesTheSummaryAsJson) {
  const EchoServer server(EchoServer::Kind::yodeld);
  const TemporaryFolder folder;
  const auto file = folder.write("summary",
                                 "the old content, which is longer than the summary, so that "
                                 "any rest of it would show after the new one");
  expect_outcome(run(with_input(echo(server.address(), {"-q", "--json", file}), "hello")), 0,
                 "hello", "");
  const std::regex object(R"(\{"bytes":5,"bytes_per_second":[0-9.e+]+,"seconds":[0-9.e-]+\}\n)");
  EXPECT_TRUE(std::regex_match(read_file(file), object)) << read_file(file);
}

TEST(EchoCommand, SaysWhenTheSummaryCannotBeWritten) {
  const std::string file = "/nonexistent/summary";
  // This shows before connecting, which would fail too.
  expect_outcome(run(echo("unix:/nonexistent/socket", {"--json", file})), 6, "",
                 "yodel: " + file + ": No such file or directory\n");
  const EchoServer server(EchoServer::Kind::yodeld);
  expect_outcome(run(echo(server.address(), {"-q", "--json", "/dev/full"})), 6, "",
                 "yodel: /dev/full: No space left on device\n");
}

TEST(EchoCommand, RefusesJsonOnStandardOutput) {
  expect_outcome(run(echo("127.0.0.1:1", {"--json", "/dev/stdout"})), 2, "",
                 "yodel: --json: the echo goes to standard output; name a file\n");
  expect_outcome(run(echo("127.0.0.1:1", {"--json", "-"})), 2, "",
                 "yodel: --json: the echo goes to standard output; name a file\n"
                 "Try 'yodel echo --help' for more information.\n");
}

TEST(EchoCommand, ShowsItsProgressOnATerminal) {
  const EchoServer server(EchoServer::Kind::yodeld);
  const TemporaryFolder folder;
  const std::string copy = folder.path() + "/copy";
  Program program(
      on_terminal(in_bash(R"("$0" echo -s "$1" > "$2"; echo status $?)", server.address(), copy)));
  program.write("hello\n");
  const auto position = program.wait_for_output("\r\x1b[K6 bytes in ");
  program.write("\x04");
  program.wait_for_output(
      "status 0",
      program.wait_for_output("every byte correct",
                              program.wait_for_output("\r\x1b[K6 bytes in ", position)));
  EXPECT_EQ(read_file(copy), "hello\n");
}

// --- servers that fail ---

const std::string words = "hello world\n";

// Expects that `input`, through a server that follows `script`, ends like this. In `errors`, PEER
// stands for the server's name.
void expect_failure(ScriptedServer::Script script, int status, const std::string& output,
                    const std::string& errors, const std::string& input = words) {
  expect_outcome(run_against(std::move(script), with_input(echo("PEER"), input)), status, output,
                 errors);
}

ScriptedServer::Script answering(std::string answer) {
  return [answer = std::move(answer)](Conversation& client) {
    client.expect(words);
    client.say(answer);
  };
}

TEST(EchoCommand, SaysWhichByteIsWrong) {
  expect_failure(answering("hello_world\n"), 1, "hello",
                 "yodel: PEER: byte 6 is wrong: expected ' world\\n', got '_world\\n'\n");
}

TEST(EchoCommand, FindsAWrongByteFarInTheStream) {
  const std::string bytes = bytes_of(3'000'000);
  const std::size_t place = 2'500'000;
  const auto script = [&](Conversation& client) {
    std::size_t heard = 0;
    for (std::string part = client.hear(); !part.empty(); part = client.hear()) {
      if (heard <= place && place < heard + part.size()) part[place - heard] ^= 1;
      heard += part.size();
      client.say(part);
      if (heard > place) break;
    }
    client.hear_out();
  };
  const Outcome outcome = run_against(script, with_input(echo("PEER"), bytes), long_patience);
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_TRUE(outcome.output == bytes.substr(0, place)) << outcome.output.size();
  EXPECT_TRUE(holds(outcome.errors, ": byte 2500001 is wrong: expected '")) << outcome.errors;
}

TEST(EchoCommand, ReportsWhatFollowsTheEcho) {
  expect_failure(answering(words + "!"), 1, words,
                 "yodel: PEER: got '!' after all 12 bytes had come back\n");
}

TEST(EchoCommand, SaysHowMuchHadComeBackWhenTheServerCloses) {
  expect_failure(
      answering("hello"), 1, "hello",
      "yodel: PEER: the server closed the connection after 5 of 12 bytes had come back\n");
}

TEST(EchoCommand, SaysHowMuchHadComeBackAtAReset) {
  expect_failure(
      [](Conversation& client) {
        client.expect(words);
        client.reset();
      },
      1, "", "yodel: PEER: connection reset by peer after 0 of 12 bytes had come back\n");
}

TEST(EchoCommand, NoticesWhileItWaitsForInputThatTheServerCloses) {
  ScriptedServer server([](Conversation& client) {
    client.expect("a");
    client.say("a");
    client.close();
  });
  Program program(with_input(echo(server.name()), std::nullopt));
  program.write("a");
  EXPECT_EQ(program.wait().status, 1);
  EXPECT_EQ(program.output(), "a");
  EXPECT_EQ(program.errors(),
            "yodel: " + server.name() +
                ": the server closed the connection before the end of the input, after 1 of "
                "1 byte had come back\n");
  EXPECT_EQ(server.finish(), "");
}

// Expects a timeout from a server that answers `words` like this, and then does nothing.
void expect_timeout(const std::string& answer, const std::string& waiting_for) {
  std::promise<void> done;
  ScriptedServer server([&](Conversation& client) {
    client.expect(words);
    client.say(answer);
    client.expect_end();
    done.get_future().wait_for(patience);
  });
  const Outcome outcome = run(with_input(echo(server.name(), {"--timeout", "300ms"}), words));
  done.set_value();
  expect_outcome(
      outcome, 5, answer,
      "yodel: " + server.name() + ": timed out after 300ms waiting for " + waiting_for + "\n");
  EXPECT_EQ(server.finish(), "");
}

TEST(EchoCommand, TimesOutWhenTheServerSwallowsBytes) {
  expect_timeout("hello", "the echo; 5 of 12 bytes had come back");
}

TEST(EchoCommand, TimesOutWhenTheServerDoesNotClose) {
  expect_timeout(words, "the server to close the connection");
}

TEST(EchoCommand, RecognisesAServerThatSpeaksFirst) {
  ScriptedServer server([](Conversation& client) {
    client.say("welcome");
    static_cast<void>(client.hear());
  });
  Program program(with_input(echo(server.name()), std::nullopt));
  EXPECT_EQ(program.wait().status, 1);
  EXPECT_EQ(program.output(), "");
  EXPECT_EQ(program.errors(), "yodel: " + server.name() +
                                  ": got 'welcome'; this looks like a greet server: use 'yodel "
                                  "talk'\n");
}

TEST(EchoCommand, RecognisesAGreeting) {
  expect_failure(
      [](Conversation& client) {
        client.expect("alice\n");
        client.say("hello, alice!\n");
      },
      1, "",
      "yodel: PEER: got 'hello, alice!\\n'; this looks like a greet server: use 'yodel talk'\n",
      "alice\n");
}

TEST(EchoCommand, RecognisesAGreetServer) {
  Daemon daemon;
  const Outcome outcome = run(with_input(echo(daemon.address()), "alice\n"));
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(holds(outcome.errors, "; this looks like a greet server: use 'yodel talk'\n"))
      << outcome.errors;
}

TEST(EchoCommand, ShowsTheServersError) {
  expect_failure(answering("error: too many connections from your address\n"), 1, "",
                 "yodel: PEER: the server says: too many connections from your address\n");
}

TEST(EchoCommand, SaysThatThereIsNoServer) {
  const TemporaryFolder folder;
  const std::string server = "unix:" + folder.path() + "/nobody";
  expect_outcome(run(echo(server)), 4, "", "yodel: " + server + ": no such file or directory\n");
}

// --- input and output ---

TEST(EchoCommand, SaysWhenTheInputCannotBeRead) {
  const EchoServer server(EchoServer::Kind::yodeld);
  expect_outcome(run(in_bash(R"("$0" echo -s "$1" < /)", server.address(), "")), 2, "",
                 "yodel: standard input: Is a directory\n");
}

TEST(EchoCommand, SaysWhenTheOutputIsFull) {
  const EchoServer server(EchoServer::Kind::yodeld);
  Command command = with_input(echo(server.address()), words);
  command.output_file = "/dev/full";
  expect_outcome(run(command), 6, "", "yodel: standard output: No space left on device\n");
}

TEST(EchoCommand, EndsWithTheReaderOfItsOutput) {
  const EchoServer server(EchoServer::Kind::yodeld);
  expect_outcome(run(in_bash(R"("$0" echo -s "$1" < /dev/zero | head -c 1 > /dev/null
                                echo ${PIPESTATUS[0]})",
                             server.address(), ""),
                     long_patience),
                 0, std::to_string(128 + SIGPIPE) + "\n", "");
}

// Nothing reads the output before the window is full. Until then the server must get its bytes, and
// its answers must be read. It is not a timeout that the server then has nothing to do.
TEST(EchoCommand, WaitsForTheReaderOfItsOutput) {
  const TemporaryFolder folder;
  const auto file = folder.write("bytes", bytes_of(3 * window_size));
  std::promise<void> full;
  ScriptedServer server([&](Conversation& client) {
    std::size_t heard = 0;
    for (std::string part = client.hear(); !part.empty(); part = client.hear()) {
      client.say(part);
      if (heard < window_size && heard + part.size() >= window_size) full.set_value();
      heard += part.size();
    }
  });
  const Command command = in_bash(R"(exec 3<&0
                  "$0" echo -q -s "$1" < "$2" | { read -r <&3; cmp - "$2"; } && echo same)",
                                  server.name(), file);
  Program program(with_input(command, std::nullopt));
  EXPECT_EQ(full.get_future().wait_for(patience), std::future_status::ready);
  program.write("read\n");
  EXPECT_EQ(program.wait(long_patience).status, 0);
  EXPECT_EQ(program.output(), "same\n");
  EXPECT_EQ(program.errors(), "");
  EXPECT_EQ(server.finish(), "");
}

TEST(EchoCommand, SumsUpAtControlCAndEndsByItsSignal) {
  const EchoServer server(EchoServer::Kind::yodeld);
  for (const int signal : {SIGINT, SIGTERM}) {
    Program program(with_input(echo(server.address()), std::nullopt));
    program.write("a");
    program.wait_for_output("a");
    program.signal(signal);
    EXPECT_EQ(program.wait().signal, signal);
    const std::regex summary(
        R"(1 byte in [0-9.]+ m?s, [0-9.]+ k?B/s, every byte correct; interrupted\n)");
    EXPECT_TRUE(std::regex_match(program.errors(), summary)) << program.errors();
  }
}

}  // namespace
}  // namespace yodel::tests
