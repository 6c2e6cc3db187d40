// Every command against a server of the other protocol, and the default port of each protocol.
#include <gtest/gtest.h>
#include <ostream>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/repeated_server.hpp"

namespace yodel::tests {
namespace {

struct Pair {
  std::string server;  // its protocol
  Words words;         // the command
  std::string advice;  // on standard output or standard error
  int status = 1;
};
void PrintTo(const Pair& pair, std::ostream* out) {
  for (const auto& word : pair.words)
    *out << word << ' ';
  *out << "at " << pair.server;
}

const std::string greet_by_option = "; this looks like a greet server: leave out --protocol echo";
const std::string greet_for_probe = "; this looks like a greet server: leave out --protocol probe";
const std::string echo_by_option = "; this looks like an echo server: use --protocol echo";
const std::string no_welcome =
    "waiting for the welcome (--protocol echo for an echo server, --no-welcome for one that sends "
    "none)";
const std::string no_header = "waiting for the header (--protocol echo for an echo server)";

std::vector<Pair> pairs() {
  return {
      {"greet", {"ping", "-c", "1", "--protocol", "echo"}, greet_by_option},
      {"greet", {"ping", "-c", "1", "--new-connection", "--protocol", "echo"}, greet_by_option},
      {"greet", {"bench", "-n", "1", "--protocol", "echo"}, greet_by_option},
      {"greet", {"bench", "-n", "1", "--new-connection", "--protocol", "echo"}, greet_by_option},
      {"greet", {"echo"}, "; this looks like a greet server: use 'yodel talk'"},
      {"greet", {"ping", "-c", "1", "--protocol", "probe"}, greet_for_probe},
      {"greet", {"bench", "-n", "1", "--protocol", "probe"}, greet_for_probe},
      {"echo", {"ping", "-c", "1", "--no-welcome"}, echo_by_option},
      {"echo", {"ping", "-c", "1", "--no-welcome", "--unframed"}, echo_by_option},
      {"echo", {"ping", "-c", "1", "--no-welcome", "--new-connection"}, echo_by_option},
      {"echo", {"bench", "-n", "1", "--no-welcome"}, echo_by_option},
      {"echo",
       {"talk", "--no-welcome", "foo"},
       "; this looks like an echo server: use 'yodel echo'"},
      {"echo",
       {"talk", "--no-welcome", "--unframed", "foo"},
       "; this looks like an echo server: use 'yodel echo'"},
      {"echo", {"ping", "-c", "1", "--timeout", "200ms"}, no_welcome, 5},
      {"echo", {"ping", "-c", "1", "--new-connection", "--timeout", "200ms"}, no_welcome, 5},
      {"echo", {"bench", "-n", "1", "--timeout", "200ms"}, no_welcome, 5},
      {"echo", {"ping", "-c", "1", "--protocol", "probe", "--timeout", "200ms"}, no_header, 5},
      {"echo", {"bench", "-n", "1", "--protocol", "probe", "--timeout", "200ms"}, no_header, 5},
      {"echo",
       {"talk", "--timeout", "200ms", "foo"},
       "waiting for the welcome ('yodel echo' for an echo server, --no-welcome for one that sends "
       "none)",
       5},
  };
}

class OtherProtocol : public testing::TestWithParam<Pair> {};

TEST_P(OtherProtocol, IsReported) {
  const Pair& pair = GetParam();
  Daemon daemon("[[listen]]\nport = 0\nprotocol = '" + pair.server + "'\n");
  Command command{.path = binary("yodel"), .arguments = pair.words, .unset = {"YODEL_SERVER"}};
  const auto outcome =
      run(with_arguments(with_input(command, "alice\n"), {"-s", daemon.address()}));
  EXPECT_EQ(outcome.exit.status, pair.status);
  EXPECT_TRUE(holds(outcome.output + outcome.errors, pair.advice))
      << outcome.output << outcome.errors;
}

INSTANTIATE_TEST_SUITE_P(Commands, OtherProtocol, testing::ValuesIn(pairs()));

TEST(OtherProtocol, IsReportedWhereTheServerSpeaksProbe) {
  const std::string by_option = "; this looks like a probe server: use --protocol probe";
  const std::string by_command =
      "; this looks like a probe server: use 'yodel ping --protocol probe'";
  const std::vector<std::pair<Words, std::string>> cases{
      {{"ping", "-c", "1"}, by_option},
      {{"ping", "-c", "1", "--new-connection"}, by_option},
      {{"ping", "-c", "1", "--protocol", "echo"}, by_option},
      {{"bench", "-n", "1"}, by_option},
      {{"bench", "-n", "1", "--protocol", "echo"}, by_option},
      {{"talk", "alice"}, by_command},
      {{"echo"}, by_command},
  };
  for (const auto& [words, advice] : cases) {
    RepeatedServer server([](Conversation& client) {
      client.say("probe/1 version=9.9 host=echo-1 session=3-17\n");
      client.hear_out();
    });
    const Command command{
        .path = binary("yodel"), .arguments = words, .unset = {"YODEL_SERVER"}, .input = "alice\n"};
    const auto outcome = run(with_arguments(command, {"-s", server.name()}));
    EXPECT_EQ(outcome.exit.status, 1);
    EXPECT_TRUE(holds(outcome.output + outcome.errors, advice))
        << words.front() << ": " << outcome.output << outcome.errors;
  }
}

// A server that speaks neither protocol is not taken for one of them.
TEST(OtherProtocol, IsNotReportedForJustAnyWrongAnswer) {
  for (const Words& words : {Words{"ping", "-c", "1", "--protocol", "echo"},
                             {"ping", "-c", "1", "--protocol", "probe"},
                             {"echo"}}) {
    const Command command{
        .path = binary("yodel"), .arguments = words, .unset = {"YODEL_SERVER"}, .input = "alice\n"};
    const auto outcome = run_against(
        [](Conversation& client) {
          client.say("220 mail.example.com ESMTP\r\n");
          client.hear_out();
        },
        with_arguments(command, {"-s", "PEER"}));
    EXPECT_EQ(outcome.exit.status, 1);
    EXPECT_FALSE(holds(outcome.output + outcome.errors, "looks like"))
        << outcome.output << outcome.errors;
  }
}

// Nobody listens at this address, so the failure names the port that was tried.
TEST(Protocols, HaveADefaultPortEach) {
  const std::string nobody = "127.0.0.253";
  const std::vector<std::pair<Words, std::string>> cases{
      {{"talk", "alice"}, "9999"},
      {{"ping", "-c", "1"}, "9999"},
      {{"ping", "-c", "1", "--protocol", "none"}, "9999"},
      {{"ping", "-c", "1", "--protocol", "echo"}, "9998"},
      {{"bench", "-n", "1"}, "9999"},
      {{"bench", "-n", "1", "--protocol", "echo"}, "9998"},
      {{"ping", "-c", "1", "--protocol", "probe"}, "9997"},
      {{"bench", "-n", "1", "--protocol", "probe"}, "9997"},
      {{"echo"}, "9998"},
  };
  for (const auto& [words, port] : cases) {
    const Command command{.path = binary("yodel"),
                          .arguments = words,
                          .set = {{"YODEL_SERVER", nobody}},
                          .input = std::string()};
    const auto outcome = run(command);
    const auto said = outcome.output + outcome.errors;
    EXPECT_TRUE(holds(said, (nobody + ":").append(port))) << words.front() << ": " << said;
    // A port that is given takes precedence.
    const auto given = run(with_arguments(command, {"-s", nobody + ":7"}));
    EXPECT_TRUE(holds(given.output + given.errors, nobody + ":7")) << given.output << given.errors;
  }
}

}  // namespace
}  // namespace yodel::tests
