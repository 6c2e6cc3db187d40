// `yodel talk` as a user sees it, against scripted servers.
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

// Expects that `yodel talk WORDS`, against a server that follows `script`, ends like this.
void expect_talk(ScriptedServer::Script script, const Words& words, int status,
                 const std::string& output, const std::string& errors = {},
                 std::optional<std::string> input = std::string()) {
  expect_outcome(run_against(std::move(script), with_input(talk("PEER", words), std::move(input))),
                 status, output, errors);
}

// --- framing ---

TEST(Talk, SendsLinesAndThenExit) {
  expect_talk(greet_in_lines({"alice", "bob"}), {"alice", "bob"}, 0,
              "welcome\nhello, alice!\nhello, bob!\n");
}

TEST(Talk, ReadsRepliesThatComeByteByByte) {
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

TEST(Talk, AcceptsTheNewlineOfTheFirstReplyWithTheSecond) {
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

TEST(Talk, RecognisesAServerThatStripsTheNewline) {
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

TEST(Talk, EndsTheDialogueWhileTheFramingIsUnknown) {
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

TEST(Talk, EndsWithAServerThatDoesNotKnowExit) {
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

TEST(Talk, SendsNothingAfterExit) {
  expect_talk(greet_in_lines({"alice"}), {"alice", "exit", "bob"}, 0, "welcome\nhello, alice!\n");
}

TEST(Talk, SendsExitWithoutAnyMessage) {
  expect_talk(greet_in_lines({}), {}, 0, "welcome\n");
}

TEST(Talk, PassesArgumentsOnAsTheyAre) {
  expect_talk(greet_in_lines({"", "[a,b]", "-x", "talk", "%%"}),
              {"", "[a,b]", "--", "-x", "talk", "%%"}, 0,
              "welcome\nhello, !\nhello, [a,b]!\nhello, -x!\nhello, talk!\nhello, %%!\n");
}

TEST(Talk, ReadsTheLinesOfStandardInput) {
  expect_talk(greet_in_lines({"alice", "王小明", "", "\xff\xfe", "bob"}), {}, 0,
              "welcome\nhello, alice!\nhello, 王小明!\nhello, !\nhello, \xff\xfe!\nhello, bob!\n",
              "", "alice\r\n王小明\n\n\xff\xfe\nbob");
}

TEST(Talk, EndsAtALineThatSaysExit) {
  expect_talk(greet_in_lines({"alice"}), {}, 0, "welcome\nhello, alice!\n", "",
              "alice\nexit\nbob\n");
}

// The server answers while it reads, so a client that only wrote would wait for the server, and the
// server for the client.
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

TEST(Talk, RecognisesALatePartOfTheWelcome) {
  std::promise<void> first_part_shown;
  ScriptedServer server([&](Conversation& client) {
    client.say("wel");
    first_part_shown.get_future().wait_for(patience);
    client.say("come\n");
    client.expect("alice\n");
    client.say("hello, alice!\n");
    client.expect("exit\n");
  });
  Program program(with_input(talk(server.name()), std::nullopt));
  program.wait_for_output("wel");
  first_part_shown.set_value();
  program.write("alice\n");
  program.wait_for_output("hello, alice!\n");
  program.end_input();
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_EQ(program.output(), "welcome\nhello, alice!\n");
  EXPECT_EQ(server.finish(), "");
}

// It is shown as it comes, while the client waits for a message, even if none comes.
TEST(Talk, ShowsTheWholeWelcomeWithoutAMessage) {
  std::promise<void> shown;
  ScriptedServer server([&](Conversation& client) {
    client.say("wel");
    shown.get_future().wait_for(patience);
    client.say("co");
    client.say("me\n");
    client.hear_out();
  });
  Program program(with_input(talk(server.name()), std::nullopt));
  program.wait_for_output("wel");
  shown.set_value();
  program.wait_for_output("welcome\n");
  program.end_input();
  EXPECT_EQ(program.wait().status, 0) << program.errors();
  EXPECT_EQ(program.output(), "welcome\n");
  EXPECT_EQ(server.finish(), "");
}

TEST(Talk, ReportsWhyTheServerEndedIt) {
  ScriptedServer server([&](Conversation& client) {
    client.say("welcome");
    std::this_thread::sleep_for(20ms);
    client.say("error: idle for too long\n");
  });
  Program program(with_input(talk(server.name()), std::nullopt));
  EXPECT_EQ(program.wait().status, 1);
  EXPECT_EQ(program.errors(), "yodel: " + server.name() + ": the server says: idle for too long\n");
}

// Sequences for the title, the screen, hidden text and the clipboard are shown, and not obeyed.
TEST(Talk, EscapesWhatATerminalWouldObey) {
  const std::string welcome =
      "\x1b]0;title\x07\x1b[2Jwel\rcome \xc2\x9b"
      "1m\n";
  const std::string reply = "\x1b[8mno \x1b]52;c;cm0=\x07\n";
  const auto script = [&](Conversation& client) {
    client.say(welcome);
    client.hear();
    client.say_and_end(reply);
    client.hear_out();
  };
  const auto piped = run_against(script, talk("PEER", {"a"}));
  EXPECT_EQ(piped.output, welcome + reply) << "byte for byte";
  ScriptedServer server(script);
  Program program(on_terminal(talk(server.name(), {"a"})));
  EXPECT_EQ(program.wait().status, 1);
  const auto shown = program.output();
  EXPECT_EQ(shown.find('\x1b'), std::string::npos) << shown;
  EXPECT_TRUE(holds(shown, R"(\x1b]0;title\x07\x1b[2Jwel\x0dcome \xc2\x9b1m)")) << shown;
  EXPECT_TRUE(holds(shown, R"(\x1b[8mno \x1b]52;c;cm0=\x07)")) << shown;
}

TEST(Talk, DoesNotWaitForAWelcomeWithNoWelcome) {
  expect_talk(
      [](Conversation& client) {
        client.expect("alice\n");
        client.say("hello, alice!\n");
        client.expect("exit\n");
      },
      {"--no-welcome", "alice"}, 0, "hello, alice!\n");
}

TEST(Talk, ShowsAnErrorInPlaceOfTheWelcome) {
  expect_talk(
      [](Conversation& client) { client.say("error: too many connections from your address\n"); },
      {"alice"}, 1, "", "yodel: PEER: the server says: too many connections from your address\n");
}

TEST(Talk, SaysThatTheServerClosedBeforeTheWelcome) {
  expect_talk([](Conversation& client) { client.close(); }, {"alice"}, 1, "",
              "yodel: PEER: the server closed the connection before the welcome\n");
}

// --- wrong answers ---

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

TEST(Talk, ReportsWhatFollowsAReply) {
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
              "yodel: PEER: the server says: message longer than 3 bytes\n");
}

TEST(Talk, SaysThatTheServerClosedInsteadOfAnswering) {
  expect_talk(answering("", true), {"alice"}, 1, "welcome\n",
              "yodel: PEER: the server closed the connection before answering 'alice'\n");
}

TEST(Talk, SaysThatTheServerClosedWithinItsAnswer) {
  expect_talk(answering("hello, al", true), {"alice"}, 1, "welcome\n",
              "yodel: PEER: the server closed the connection before answering 'alice'; "
              "got 'hello, al' so far\n");
}

TEST(Talk, AcceptsAReplyAfterWhichTheServerCloses) {
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
      {}, 1, "welcome\n", "yodel: PEER: the server closed the connection\n", std::nullopt);
}

// --- time ---

TEST(Talk, TimesOutWaitingForTheWelcome) {
  expect_talk([](Conversation& client) { client.expect_end(); }, {"--timeout", "50ms", "alice"}, 5,
              "",
              "yodel: PEER: timed out after 50ms waiting for the welcome ('yodel echo' for an echo "
              "server, --no-welcome for one that sends none)\n");
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
  const TemporaryFolder folder;
  const SilentServer server("unix:" + folder.path() + "/full");
  expect_outcome(run(talk(server.address(), {"--connect-timeout", "50ms", "alice"})), 5, "",
                 "yodel: " + server.address() + ": connection timed out\n");
}

}  // namespace
}  // namespace yodel::tests
