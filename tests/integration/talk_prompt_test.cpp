// The prompt of `yodel talk`, on a terminal that the test provides.
#include <future>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

class Prompt : public testing::Test {
 protected:
  [[nodiscard]] Command at_terminal(Command command) const {
    command.set.insert(command.set.end(),
                       {{"TERM", "xterm"}, {"XDG_STATE_HOME", state()}, {"LC_ALL", "C"}});
    return on_terminal(std::move(command));
  }
  [[nodiscard]] const std::string& state() const { return state_.path(); }

 private:
  TemporaryFolder state_;
};

TEST_F(Prompt, ReadsLinesUntilTheEndOfFile) {
  ScriptedServer server(greet_in_lines({"alice", "王小明"}));
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
    ScriptedServer server(greet_in_lines({"alice"}));
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
                                  ": the server closed the connection\r\n"),
            std::string::npos)
      << program.output();
}

// The shell prints the terminal's state when yodel has ended.
TEST_F(Prompt, RestoresTheTerminalOnControlC) {
  ScriptedServer server([](Conversation& client) {
    client.say("welcome");
    client.expect_end();
  });
  Program program(at_terminal(
      {.path = "/bin/sh",
       .arguments = {"-c", R"(trap : INT; "$0" talk -s "$1"; echo status $?; stty -a; echo end)",
                     binary("yodel"), server.name()}}));
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
