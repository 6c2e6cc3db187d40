// `yodel ping` as a user sees it, against yodeld.
#include <csignal>
#include <fcntl.h>
#include <future>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

TEST(Ping, MeasuresTheGreetDialogue) {
  Daemon daemon;
  expect_all_well(daemon.address(), {}, 1, 65, "greet in lines, 56-byte messages");
  expect_all_well(daemon.address(), {}, 20, 65, "greet in lines, 56-byte messages");
  for (const int size : {1, 2, 3, 1024}) {
    const auto bytes = std::to_string(size);
    expect_all_well(daemon.address(), {"--size", bytes}, 12, static_cast<std::size_t>(size) + 9,
                    "greet in lines, " + bytes + "-byte messages");
  }
  daemon.wait_for_record("closed: peer sent exit, 20 messages");
}

TEST(Ping, MeasuresTheGreetDialogueUnframed) {
  Daemon daemon;
  expect_all_well(daemon.address(), {"--unframed"}, 10, 64, "greet unframed, 56-byte messages");
}

TEST(Ping, MeasuresAnEcho) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  for (const int size : {1, 56, 65536}) {
    const auto bytes = std::to_string(size);
    expect_all_well(daemon.address(), {"--protocol", "echo", "--size", bytes}, 12,
                    static_cast<std::size_t>(size), "echo, " + bytes + "-byte messages");
  }
}

TEST(Ping, MeasuresOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string address = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\naddress = '" + address + "'\n");
  expect_all_well(address, {}, 5, 65, "greet in lines, 56-byte messages");
}

TEST(Ping, MeasuresOverIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\n");
  expect_all_well(daemon.address(), {}, 5, 65, "greet in lines, 56-byte messages");
}

TEST(Ping, TimesEachPartOfAConnection) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"--new-connection", "-c", "2", "-i", "1ms"}));
  expect_outcome(outcome, 0, "");
  const std::string parts = "connect=T first-byte=T reply=T close=T total=T ms\n";
  EXPECT_EQ(shape(outcome.output, daemon.address()),
            "ping PEER: greet in lines, 56-byte messages, interval 1ms, on new connections\n"
            "reply from PEER: seq=1 bytes=65 " +
                parts + "reply from PEER: seq=2 bytes=65 " + parts +
                counts("2 sent, 2 received, 0 wrong, 0 lost (0%)") +
                table({"connect", "first-byte", "reply", "close", "total"}));
  expect_narrow(outcome.output);
  for (int connection = 0; connection < 2; ++connection)
    daemon.wait_for_record("closed: peer sent exit");
}

// --- signals ---

TEST(Ping, PrintsTheSummaryAtASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Daemon daemon;
    Program program(ping(daemon.address(), {"-i", "1m"}));
    program.wait_for_output("seq=1 bytes=65");
    program.signal(signal);
    EXPECT_EQ(program.wait().status, 0);
    EXPECT_TRUE(holds(program.output(), "\n1 sent, 1 received, 0 wrong, 0 lost (0%), time "))
        << program.output();
    EXPECT_EQ(program.errors(), "");
  }
}

// A probe that waits for its answer at Ctrl-C is not counted.
TEST(Ping, CanBeEndedWhileItWaitsForAnAnswer) {
  for (const Words& words : {Words{}, Words{"--new-connection"}}) {
    std::promise<void> heard;
    ScriptedServer server([&](Conversation& client) {
      client.say("welcome");
      client.expect("1 abcdef\n");
      heard.set_value();
      client.hear_out();
    });
    Program program(with_arguments(ping(server.name(), {"--size", "8"}), words));
    ASSERT_EQ(heard.get_future().wait_for(patience), std::future_status::ready);
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().status, 0);
    EXPECT_TRUE(holds(program.output(), "\n0 sent, 0 received, 0 wrong, 0 lost (0%), time "))
        << program.output();
    EXPECT_TRUE(holds(program.output(), "\n1 more under way at the end, not counted\n"));
    EXPECT_EQ(server.finish(), "");
  }
}

// Nobody reads the output, so a write would block.
TEST(Ping, CanBeEndedWhileItsOutputIsNotRead) {
  Daemon daemon;
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/output";
  ASSERT_EQ(::mkfifo(path.c_str(), S_IRUSR | S_IWUSR), 0);
  const posix::Descriptor reader(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const int capacity = ::fcntl(reader.get(), F_GETPIPE_SZ);
  ASSERT_GT(capacity, 0);
  Command command = ping(daemon.address(), {"-i", "0"});
  command.output_file = path;
  Program program(command);
  wait_until("the pipe is full", [&] {
    pollfd pipe{.fd = reader.get(), .events = POLLOUT, .revents = 0};
    return ::poll(&pipe, 1, 0) == 0;
  });
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
  std::string output(static_cast<std::size_t>(capacity), '\0');
  const ssize_t size = ::read(reader.get(), output.data(), output.size());
  ASSERT_GT(size, 0);
  output.resize(static_cast<std::size_t>(size));
  EXPECT_TRUE(holds(output, " ping statistics ---\n"));
}

void expect_to_be_ended_connecting(const std::string& server) {
  Program program(ping(server, {"--connect-timeout", "1440m"}));
  program.wait_for_output("ping ");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_TRUE(holds(program.output(), "\n0 sent, 0 received, 0 wrong, 0 lost (0%), time "))
      << program.output();
  EXPECT_EQ(program.errors(), "");
}

TEST(Ping, CanBeEndedWhileItConnectsToAFullSocket) {
  const TemporaryFolder folder;
  expect_to_be_ended_connecting(SilentServer("unix:" + folder.path() + "/full").address());
}

TEST(Ping, CanBeEndedWhileItConnectsToASilentAddress) {
  expect_to_be_ended_connecting(SilentServer().address());
}

// --- output ---

TEST(Ping, PrintsNoLineForAProbeWhenQuiet) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"-q", "-c", "3", "-i", "0"}));
  expect_outcome(outcome, 0, "");
  EXPECT_EQ(shape(outcome.output, daemon.address()),
            "ping PEER: greet in lines, 56-byte messages, each as soon as the last is answered\n" +
                counts("3 sent, 3 received, 0 wrong, 0 lost (0%)") + figures);
}

TEST(Ping, ReportsThatTheOutputCannotBeWritten) {
  Daemon daemon;
  for (const Words& words : {Words{}, Words{"-q"}, Words{"--json"}}) {
    Command command = with_arguments(ping(daemon.address(), {"-c", "2", "-i", "0"}), words);
    command.output_file = "/dev/full";
    expect_outcome(run(command), 6, "yodel: standard output: No space left on device\n");
  }
}

TEST(Ping, EndsWhenItsReaderDoes) {
  Daemon daemon;
  Command command{.path = "/bin/sh",
                  .arguments = {"-c", R"("$0" ping -s "$1" -i 0 | head -n 2)", binary("yodel"),
                                daemon.address()}};
  EXPECT_EQ(run(command).exit.status, 0);
}

// --- the command line ---

TEST(Ping, RefusesWhatItDoesNotUnderstand) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{"-c", "0"}, "--count: '0' is not a whole number from 1 to 4294967295"},
      {{"-c", "x"}, "--count: 'x' is not a whole number from 1 to 4294967295"},
      {{"--size", "65537"}, "--size: '65537' is not a whole number from 1 to 65536"},
      {{"-i", "-1"},
       "--interval: '-1' is not a valid time; expected one above zero and up to 365d, such as "
       "500ms, 2.5s, 1m30s or a number of seconds"},
      {{"-w", "0"},
       "--duration: '0' is not a valid time; expected one above zero and up to 365d, such as "
       "500ms, 2.5s, 1m30s or a number of seconds"},
      {{"--protocol", "http"},
       "--protocol: 'http' is unknown; expected greet, echo, probe or none"},
      {{"--protocol", "echo", "--unframed"}, "--unframed: the echo protocol has no framing"},
      {{"--protocol", "echo", "--no-welcome"}, "--no-welcome: the echo protocol has no welcome"},
      {{"--protocol", "probe", "--unframed"}, "--unframed: the probe protocol is always in lines"},
      {{"--protocol", "probe", "--no-welcome"},
       "--no-welcome: the probe protocol always begins with a header"},
      {{"--protocol", "none", "--unframed"},
       "--unframed: --protocol none sends nothing and waits for nothing"},
      {{"--protocol", "none", "--no-welcome"},
       "--no-welcome: --protocol none sends nothing and waits for nothing"},
      {{"--size", "8", "--protocol", "none"}, "--size: --protocol none sends nothing"},
      {{"9999", "alice"}, "unexpected argument 'alice' after HOST and PORT"},
  };
  for (const auto& [words, problem] : cases) {
    expect_outcome(run(ping("127.0.0.1", words)), 2,
                   "yodel: " + problem + "\nTry 'yodel ping --help' for more information.\n");
  }
}

}  // namespace
}  // namespace yodel::tests
