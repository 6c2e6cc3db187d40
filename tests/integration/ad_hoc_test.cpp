// yodeld --listen, and settings from standard input or a pipe.

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {
namespace {

Command yodeld(std::vector<std::string> arguments) {
  return {.path = binary("yodeld"), .arguments = std::move(arguments), .unset = {"JOURNAL_STREAM"}};
}

// Runs `script` in bash, which has <(...). "$0" is yodeld.
Command in_bash(const std::string& script) {
  return {.path = "/bin/bash",
          .arguments = {"-c", script, binary("yodeld")},
          .unset = {"JOURNAL_STREAM"}};
}

// Waits for the `count` commands to type at the other end, and returns their lines.
std::vector<std::string> invitation(Program& program, std::size_t count) {
  std::size_t end = program.wait_for_output("At the other end, type:\n");
  std::vector<std::string> lines;
  while (lines.size() < count) {
    const std::size_t begin = end;
    end = program.wait_for_output("\n", begin);
    lines.push_back(program.output().substr(begin, end - begin - 1));
  }
  return lines;
}

std::string last_word(const std::string& line) {
  return line.substr(line.rfind(' ') + 1);
}

// Returns the address of the first listener.
std::string where(Program& program) {
  const std::string text = "listening at ";
  const auto begin = program.wait_for_errors(text);
  const auto end = program.wait_for_errors(" ", begin);
  return program.errors().substr(begin, end - begin - 1);
}

void expect_greeting(const std::string& place) {
  EXPECT_EQ(Connection(place).receive(7), "welcome");
}

TEST(AdHoc, PrintsWhatToTypeAtTheOtherEnd) {
  const TemporaryFolder folder;
  const std::string local = "unix:" + folder.path() + "/greet";
  Program program(
      yodeld({"--listen", "127.0.0.1:0", "--listen", "echo@127.0.0.1:0", "--listen", local}));
  const auto lines = invitation(program, 3);
  EXPECT_TRUE(lines[0].starts_with("  yodel ping 127.0.0.1:")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with("  yodel ping --protocol echo 127.0.0.1:")) << lines[1];
  EXPECT_EQ(lines[2], "  yodel ping " + local);
  for (const auto& [line, protocol] :
       {std::pair(lines[0], "greet"), std::pair(lines[1], "echo"), std::pair(lines[2], "greet")}) {
    const auto outcome = run(ping(last_word(line), {"-c", "1", "--protocol", protocol}));
    EXPECT_EQ(outcome.exit.status, 0) << line << "\n" << outcome.errors;
  }
  program.wait_for_errors(" closed: ");  // the log is on standard error
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
}

TEST(AdHoc, AtAllAddressesNamesThoseThatOthersReach) {
  Program program(yodeld({"--listen", "0.0.0.0:0"}));
  const auto place = last_word(invitation(program, 1)[0]);
  EXPECT_FALSE(place.starts_with("0.")) << place;
  expect_greeting(place);
}

TEST(AdHoc, StartsWhateverItsStandardOutputIs) {
  for (const std::string output : {">&-", ">/dev/full"}) {
    Program program(in_bash(R"(exec "$0" --listen 127.0.0.1:0 )" + output));
    program.wait_for_errors(" is ready: ");
    expect_greeting(where(program));
  }
  const auto [reader, writer] = make_pipe();
  const int size = ::fcntl(writer.get(), F_SETPIPE_SZ, 4096);
  const std::string filling(static_cast<std::size_t>(size), 'x');
  ASSERT_EQ(::write(writer.get(), filling.data(), filling.size()), size);  // nobody reads it
  Command command = in_bash(R"(exec "$0" --listen 127.0.0.1:0 >&3)");
  command.descriptors = {{writer.get(), 3}};
  Program program(command);
  program.wait_for_errors(" is ready: ");
  expect_greeting(where(program));
}

TEST(AdHoc, ReportsWhatIsWrongWithTheAddress) {
  const auto outcome = run(yodeld({"--listen", "localhost:7"}));
  EXPECT_EQ(outcome.exit.status, 64);
  EXPECT_TRUE(
      outcome.errors.starts_with("yodeld: --listen 'localhost:7': expected an IPv4 or IPv6"))
      << outcome.errors;
  const auto foreign = run(yodeld({"--listen", "192.0.2.1"}));
  EXPECT_EQ(foreign.exit.status, 69);
  EXPECT_TRUE(holds(foreign.errors, "cannot listen at 192.0.2.1:9999: no interface of this host"))
      << foreign.errors;
}

TEST(AdHoc, IsCheckedAndPrinted) {
  const auto checked = run(yodeld({"--listen", "192.0.2.1", "--check"}));
  EXPECT_EQ(checked.exit.status, 0);
  EXPECT_EQ(checked.output, "--listen: ok\n");
  EXPECT_TRUE(holds(checked.errors, "--listen: warning: 192.0.2.1:9999: no interface of this host"))
      << checked.errors;
  const auto printed = run(yodeld({"--listen", "echo@[::1]", "--print-config"}));
  EXPECT_EQ(printed.exit.status, 0);
  EXPECT_TRUE(holds(printed.output, "address = \"::1\"\nport = 9998\n")) << printed.output;
  EXPECT_TRUE(holds(printed.output, "target = \"stderr\"\n")) << printed.output;
}

TEST(AdHoc, EndsWithItsTerminal) {
  Program program(on_terminal(yodeld({"--listen", "127.0.0.1:0"})));
  const auto begin = program.wait_for_output("yodel ping ");
  const auto end = program.wait_for_output("\r", begin) - 1;
  program.wait_for_output(" is ready: ");
  expect_greeting(program.output().substr(begin, end - begin));
  program.end_input();
  EXPECT_EQ(program.wait().status, 0);
}

TEST(AdHoc, KeepsRunningIfHangupsAreIgnored) {
  Program program(in_bash(R"(trap '' HUP; exec "$0" --listen 127.0.0.1:0)"));
  program.wait_for_errors(" is ready: ");
  program.signal(SIGHUP);
  program.wait_for_errors("--listen: error: there is nothing to reload; expected a file");
  program.wait_for_errors("reload failed");
  expect_greeting(where(program));
}

TEST(AdHoc, HasNothingToReload) {
  Program program(yodeld({"--listen", "127.0.0.1:0"}));
  program.wait_for_errors(" is ready: ");
  EXPECT_EQ(run(yodeld({"--reload", std::to_string(program.pid())})).exit.status, 1);
  program.wait_for_errors("there is nothing to reload");
  expect_greeting(where(program));
}

const std::string settings = "[[listen]]\nport = 0\n";

TEST(StandardInput, HasTheSettings) {
  for (const std::string name : {"-", "/dev/stdin"}) {
    auto command = yodeld({"-c", name});
    command.input = settings;
    Program program(command);
    program.wait_for_errors(" is ready: ");
    const auto place = where(program);
    program.signal(SIGHUP);
    program.wait_for_errors(
        "standard input: error: was read at the start and cannot be read again");
    program.wait_for_errors("reload failed");
    expect_greeting(place);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().status, 0);
  }
}

TEST(StandardInput, IsChecked) {
  auto command = yodeld({"--check", "-c", "-"});
  command.input = settings;
  EXPECT_EQ(run(command).output, "standard input: ok\n");
  command.input = "\nport = 1\n";
  const auto wrong = run(command);
  EXPECT_EQ(wrong.exit.status, 78);
  EXPECT_TRUE(wrong.errors.starts_with("standard input:2:1: error: unknown key")) << wrong.errors;
  command.input = "";  // the program that should have written it failed
  const auto empty = run(command);
  EXPECT_EQ(empty.exit.status, 78);
  EXPECT_EQ(empty.errors, "standard input: error: is empty; expected the settings\n");
}

TEST(StandardInput, IsReadToItsEndAndNoFurtherThanAFile) {
  auto command = yodeld({"-c", "-"});
  command.input.reset();
  {
    Program program(command);
    program.write(settings);
    wait_until("it to wait for more",
               [&] { return status_of(program.pid(), "State").starts_with("S"); });
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().signal, SIGINT) << "Ctrl-C ends the wait";
  }
  Program program(command);
  program.write(std::string((1 << 20) + 1, '#'));
  EXPECT_EQ(program.wait().status, 78) << "without the end of the input";
  EXPECT_EQ(program.errors(),
            "standard input: error: is too large; expected at most 1048576 bytes\n");
}

TEST(Pipe, OfAShellHasTheSettings) {
  Program program(in_bash(R"(exec "$0" -c <(printf '[[listen]]\nport = 0\n'))"));
  program.wait_for_errors(" is ready: ");
  const auto place = where(program);
  program.signal(SIGHUP);
  program.wait_for_errors(": error: was read at the start and cannot be read again");
  expect_greeting(place);
}

}  // namespace
}  // namespace yodel::tests
