// What `yodel ping` reports besides its probes: reconnects, the time of day, and at Ctrl-\ the
// figures so far.
#include <chrono>
#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/repeated_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;

// Answers one message, and then ends the connection with `end`.
ScriptedServer::Script answer_one(std::function<void(Conversation&)> end) {
  return [end = std::move(end)](Conversation& client) {
    client.say("welcome");
    const std::string message = client.hear();
    if (message.empty()) return;
    client.say("hello, " + message + "!");
    end(client);
  };
}

Words with_words(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Unframed, so that each probe waits for the answer to the last one. Between two probes there is
// time for a server to end the connection.
const Words three_probes{"--unframed", "--size", "8", "-c", "3", "-i", "100ms"};

// --- reconnects ---

void expect_reconnects(std::function<void(Conversation&)> end, const std::string& cause) {
  RepeatedServer server(answer_one(std::move(end)));
  const Outcome outcome = run(ping(server.name(), three_probes));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  static const std::regex length("after [0-9.]+ m?s");
  const auto output = std::regex_replace(shape(outcome.output, server.name()), length, "after T");
  const std::string line = "reconnected: " + cause + "\n";
  const auto reply = [](int sequence) {
    return "reply from PEER: seq=" + std::to_string(sequence) + " bytes=16 time=T ms\n";
  };
  const auto first = output.find('\n') + 1;
  EXPECT_EQ(output.substr(first, output.find("time min", first) - first),
            reply(1) + line + reply(2) + line + reply(3) +
                counts("3 sent, 3 received, 0 wrong, 0 lost (0%)") +
                "2 reconnects after the connection ended\n");
}

TEST(PingReconnects, AfterTheServerHasClosed) {
  expect_reconnects([](Conversation& client) { client.close(); }, "closed by the server after T");
}

TEST(PingReconnects, AfterAReset) {
  expect_reconnects([](Conversation& client) { client.reset(); },
                    "connection reset by peer after T");
}

TEST(PingReconnects, WithWhatTheServerSaid) {
  expect_reconnects([](Conversation& client) { client.say_and_end("error: time for tea\n"); },
                    "closed by the server after T; the server said 'time for tea'");
}

// A session of yodeld is killed, and the next probe notices.
TEST(PingReconnects, AfterASessionWasKilled) {
  Daemon daemon;
  const pid_t acceptor = daemon.acceptor();
  Program program(ping(daemon.address(), {"-i", "200ms"}));
  const auto replied = program.wait_for_output("seq=1 bytes=65");
  const auto sessions = sessions_of(acceptor, 1);
  ASSERT_EQ(sessions.size(), 1U);
  ASSERT_EQ(::kill(sessions.front(), SIGKILL), 0);
  const auto reconnected = program.wait_for_output("\nreconnected: ", replied);
  program.wait_for_output("reply from ", reconnected);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_TRUE(holds(program.output(), "\n1 reconnect after the connection ended\n"))
      << program.output();
}

TEST(PingReconnects, AreCountedEvenWhenQuiet) {
  RepeatedServer server(answer_one([](Conversation& client) { client.close(); }));
  const Outcome outcome = run(ping(server.name(), with_words(three_probes, {"-q"})));
  EXPECT_FALSE(holds(outcome.output, "reconnected")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "\n2 reconnects after ")) << outcome.output;
}

TEST(PingReconnects, ArePrintedAsJsonObjects) {
  RepeatedServer server(answer_one([](Conversation& client) { client.close(); }));
  const Outcome outcome = run(ping(server.name(), with_words(three_probes, {"--json"})));
  EXPECT_EQ(outcome.exit.status, 0);
  std::vector<json> reconnects;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    const auto object = json::parse(line);
    if (object.at("type") == "reconnected") reconnects.push_back(object);
    if (object.at("type") == "summary") {
      EXPECT_EQ(object.at("reconnects"), 2);
    }
  }
  ASSERT_EQ(reconnects.size(), 2U);
  EXPECT_EQ(reconnects[0].at("cause"), "closed by the server");
  EXPECT_EQ(reconnects[0].at("peer"), server.name());
  EXPECT_GT(reconnects[0].at("after_ms"), 0);
  EXPECT_TRUE(reconnects[0].contains("local"));
}

// --- the time ---

TEST(Ping, PrintsTheTimeBeforeEachLine) {
  Daemon daemon;
  const auto begin = std::chrono::system_clock::now();
  const Outcome outcome = run(ping(daemon.address(), {"-D", "-c", "2", "-i", "0"}));
  const auto end = std::chrono::system_clock::now();
  EXPECT_EQ(outcome.exit.status, 0);
  static const std::regex line(R"(\n\[([0-9]+\.[0-9]{6})\] reply from )");
  int found = 0;
  for (std::sregex_iterator each(outcome.output.begin(), outcome.output.end(), line);
       each != std::sregex_iterator(); ++each, ++found) {
    const std::chrono::duration<double> at(std::stod((*each)[1]));
    EXPECT_GE(at, begin.time_since_epoch() - std::chrono::milliseconds(1));
    EXPECT_LE(at, end.time_since_epoch() + std::chrono::milliseconds(1));
  }
  EXPECT_EQ(found, 2) << outcome.output;
  EXPECT_TRUE(outcome.output.starts_with("ping ")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "\n\n--- ")) << outcome.output;
}

TEST(Ping, PrintsTheTimeAndOurEndInJson) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"--json", "-c", "1"}));
  std::istringstream lines(outcome.output);
  int found = 0;
  for (std::string line; std::getline(lines, line); ++found) {
    const auto object = json::parse(line);
    static const std::regex rfc3339(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)");
    EXPECT_TRUE(std::regex_match(object.at("at").get<std::string>(), rfc3339)) << line;
    if (object.at("type") != "reply") continue;
    // The daemon's record names the same address.
    daemon.wait_for_record("connection from " + object.at("local").get<std::string>() + " closed");
  }
  EXPECT_EQ(found, 2);
}

// --- Ctrl-\ ---

TEST(Ping, PrintsTheFiguresSoFarAtControlBackslash) {
  Daemon daemon;
  Program program(ping(daemon.address(), {"-i", "100ms"}));
  program.wait_for_output("seq=2 bytes=65");
  program.signal(SIGQUIT);
  const auto counted = program.wait_for_errors(" received, 0 wrong, 0 lost (0%)");
  program.wait_for_errors(" ms\n", counted);
  // The ping continues.
  program.wait_for_output("reply from ", program.output().size());
  program.signal(SIGQUIT);
  program.wait_for_errors(" received, 0 wrong, 0 lost (0%)", counted);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_FALSE(holds(program.output().substr(0, program.output().find("\n---")), "sent"))
      << program.output();
}

// The terminal shows ^\ and ^C for the keys: the figures overwrite the former, and the summary
// begins below the latter.
TEST(Ping, PrintsCleanlyAfterKeysThatTheTerminalShows) {
  Daemon daemon;
  Program program(on_terminal(ping(daemon.address(), {"-i", "1m"})));
  program.wait_for_output("seq=1 bytes=65");
  program.write("\x1c");
  program.wait_for_output("^\\\r1 sent, 1 received, 0 wrong, 0 lost (0%), time min/avg/max = ");
  program.write("\x03");
  EXPECT_NO_THROW(program.wait_for_output("^C\r\n--- "));
  EXPECT_EQ(program.wait().status, 0);
}

// Before the first reply there are no times to print.
TEST(Ping, PrintsTheFiguresSoFarBeforeTheFirstReply) {
  ScriptedServer server([](Conversation& client) { client.hear_out(); });
  Program program(ping(server.name(), {"--no-welcome"}));
  program.wait_for_output("ping ");
  program.signal(SIGQUIT);
  EXPECT_NO_THROW(
      program.wait_for_errors("0 sent, 0 received, 0 wrong, 0 lost (0%), 1 under way\n"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
}

// --- the end of the time ---

// A probe that is under way when the time is over is not lost if its answer may be on its way.
TEST(Ping, LosesNothingAtTheEndOfItsTimeIfAllIsAnswered) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"-q", "-i", "0", "-w", "300ms"}));
  expect_outcome(outcome, 0, "");
  EXPECT_TRUE(holds(outcome.output, " received, 0 wrong, 0 lost (0%), time ")) << outcome.output;
}

TEST(Ping, LosesAllThatWaitsAtTheEndOfItsTime) {
  const SilentServer server;
  const Outcome outcome = run(ping(server.address(), {"-w", "300ms", "--json"}));
  EXPECT_EQ(outcome.exit.status, 5);
  EXPECT_EQ(outcome.errors, "");
  const auto summary = json::parse(outcome.output.substr(outcome.output.rfind("{\"type\"")));
  EXPECT_EQ(summary.at("sent"), 1);
  EXPECT_EQ(summary.at("lost"), 1);
  EXPECT_EQ(summary.at("loss_percent"), 100);
  EXPECT_EQ(summary.at("outstanding"), 0);
}

}  // namespace
}  // namespace yodel::tests
