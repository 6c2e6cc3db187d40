// The command line of `yodel`: usage errors, help, and an output that cannot be written.
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

Outcome run_yodel(const Words& words) {
  return run({.path = binary("yodel"), .arguments = words});
}

TEST(Usage, ErrorsHaveStatus2AndAHint) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{}, "no command given"},
      {{"tlak"}, "unknown command 'tlak'"},
      {{"--wrong"}, "unexpected argument '--wrong'"},
      {{"talk", "--wrong"}, "unexpected argument '--wrong'"},
      {{"help", "tlak"}, "yodel: unknown command 'tlak'; did you mean 'talk'?\nTry 'yodel --help'"},
      {{"help", "--", "--help"}, "unknown command '--help'"},
      {{"help", "talk", "more"}, "unexpected argument 'more'"},
      {{"talk", "-4", "-6"}, "--ipv4 cannot be combined with --ipv6"},
      {{"talk", "-s", ""}, "no host"},
      {{"talk", "-s", "localhost:0"}, "'0' is not a port"},
      {{"talk", "-4", "-s", "unix:/tmp/x"}, "unix:/tmp/x is a Unix socket: leave out --ipv4"},
      {{"talk", "--timeout", "0s"}, "'0s' is not a valid time"},
      {{"talk", "--timeout", "-1"}, "'-1' is not a valid time"},
      {{"talk", "--connect-timeout", "soon"}, "--connect-timeout: 'soon'"},
      {{"talk", "alice\nbob"}, "a message cannot contain a newline, which would make it two"},
      {{"talk", "--unframed", ""}, "an empty message cannot be sent unframed"},
  };
  for (const auto& [words, text] : cases) {
    const Outcome outcome = run_yodel(words);
    EXPECT_EQ(outcome.exit.status, 2) << text;
    EXPECT_EQ(outcome.output, "") << text;
    EXPECT_NE(outcome.errors.find(text), std::string::npos) << outcome.errors;
    EXPECT_NE(outcome.errors.find(" --help' for more information.\n"), std::string::npos);
  }
}

TEST(Usage, HelpAndVersionGoToStandardOutput) {
  for (const Words& words :
       {Words{"--help"}, Words{"talk", "--help"}, Words{"--version"}, Words{"-V"}}) {
    const Outcome outcome = run_yodel(words);
    EXPECT_EQ(outcome.exit.status, 0);
    EXPECT_NE(outcome.output, "");
    EXPECT_EQ(outcome.errors, "");
  }
}

TEST(Usage, HelpIsAlsoACommand) {
  const auto same = [](const Words& words, const Words& option) {
    expect_outcome(run_yodel(words), 0, run_yodel(option).output, "");
  };
  same({"help"}, {"--help"});
  // Every command in the list.
  const std::string text = run_yodel({"help"}).output;
  std::istringstream lines(text.substr(text.find("Commands:\n")));
  std::string line;
  std::size_t commands = 0;
  for (std::getline(lines, line); std::getline(lines, line) && line.starts_with("  ");) {
    if (line[2] == ' ') continue;  // the description continues
    const std::string name = line.substr(2, line.find(' ', 2) - 2);
    SCOPED_TRACE(name);
    same({"help", name}, {name, "--help"});
    ++commands;
  }
  EXPECT_GE(commands, 2U);
}

TEST(Output, ThatCannotBeWrittenIsReported) {
  Command command = talk("PEER", {"alice"});
  command.output_file = "/dev/full";
  expect_outcome(run_against([](Conversation& client) { client.say("welcome"); }, command), 6, "",
                 "yodel: standard output: No space left on device\n");
}

TEST(Output, ThatIsClosedIsReported) {
  const auto outcome = run_against(
      [](Conversation& client) {
        client.say("welcome");
        client.expect_end();
      },
      {.path = "/bin/sh",
       .arguments = {"-c", R"(exec "$0" talk -s "$1" alice >&-)", binary("yodel"), "PEER"}});
  expect_outcome(outcome, 6, "", "yodel: standard output: Bad file descriptor\n");
}

}  // namespace
}  // namespace yodel::tests
