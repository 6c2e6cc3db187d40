// `yodel bench` as its users run it: its counts agree with the server's, and it reports servers
// that fail, stall or are not there.

#include <chrono>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/echo_servers.hpp"
#include "tests/integration/figures.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

TEST(Bench, SendsTheCountInAClosedLoop) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"-n", "1000", "-c", "4"});
  EXPECT_EQ(all["replies"], 1000);
  EXPECT_EQ(all["failed"], 0);
  EXPECT_EQ(all["connections"], 4);
  const auto& times = all["latency_ms"];
  EXPECT_EQ(times["round_trip"]["count"], 1000);
  EXPECT_EQ(times["connect"]["count"], 4);
  EXPECT_EQ(times["first_byte"]["count"], 4);
  EXPECT_TRUE(times["since_intended_start"].is_null());
  EXPECT_LE(times["round_trip"]["p50"], times["round_trip"]["max"]);
  std::uint64_t in_bins = 0;
  for (const auto& bin : times["round_trip"]["bins"])
    in_bins += bin[1].get<std::uint64_t>();
  EXPECT_EQ(in_bins, 1000u);
  std::uint64_t in_series = 0;
  for (const auto& count : all["time_series"]["replies"])
    in_series += count.get<std::uint64_t>();
  EXPECT_EQ(in_series, 1000u);
  EXPECT_EQ(daemon.stop().status, 0);
  const auto account = account_of(daemon.records(" closed: "));
  EXPECT_EQ(account.sessions, 4u);
  EXPECT_EQ(account.bytes_in, all["bytes_sent"]);
  EXPECT_EQ(account.bytes_out, all["bytes_received"]);
}

TEST(Bench, AgreesWithTheRecordsToTheLastByteOfManyConnections) {
  constexpr std::uint64_t connections = sanitized ? 3'000 : 50'000;
  const TemporaryFolder folder;
  // A file, because nobody reads a pipe during the run.
  const auto records = folder.path() + "/records";
  Daemon daemon({.config = "[[listen]]\nport = 0\n[limits]\nsessions_per_source = 0\n",
                 .wait_until_ready = false,
                 .program = "/bin/sh",
                 .arguments_before = {"-c", R"(exec "$0" "$@" 2>)" + records, binary("yodeld")}});
  daemon.wait_for_notification("READY=1");
  std::string where;
  wait_until("its address", [&] {
    for (const auto& line : lines_of(records)) {
      if (const auto at = line.find("listening at "); at != std::string::npos) {
        std::istringstream(line.substr(at + 13)) >> where;
      }
    }
    return !where.empty();
  });
  const auto all =
      figures(where, {"-n", std::to_string(connections), "-c", "16", "--new-connection"});
  EXPECT_EQ(all["replies"], connections);
  EXPECT_EQ(all["connections"], connections);
  EXPECT_EQ(all["latency_ms"]["whole"]["count"], connections);
  EXPECT_EQ(daemon.stop().status, 0);
  const auto account = account_of(lines_of(records));
  EXPECT_EQ(account.sessions, connections);
  EXPECT_EQ(account.messages, all["replies"]);
  EXPECT_EQ(account.bytes_in, all["bytes_sent"]);
  EXPECT_EQ(account.bytes_out, all["bytes_received"]);
}

TEST(Bench, SpeaksEchoWithLargeMessages) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  for (const char* size : {"1", "100", "3000000"}) {
    const auto all =
        figures(daemon.address(), {"--protocol", "echo", "-n", "20", "-c", "2", "--size", size});
    EXPECT_EQ(all["replies"], 20);
    EXPECT_EQ(all["bytes_sent"], 20 * std::stoul(size));
    EXPECT_EQ(all["bytes_received"], 20 * std::stoul(size));
    EXPECT_EQ(all["latency_ms"]["first_byte"]["count"], 2);
  }
  const auto fresh =
      figures(daemon.address(), {"--protocol", "echo", "-n", "50", "--new-connection"});
  EXPECT_EQ(fresh["connections"], 50);
  EXPECT_EQ(fresh["latency_ms"]["first_byte"]["count"], 50);
}

class BenchOfEcho : public ::testing::TestWithParam<EchoServer::Kind> {};

TEST_P(BenchOfEcho, GetsEveryReplyCorrectly) {
  const EchoServer server(GetParam());
  for (const Words& more : {Words{}, Words{"--new-connection"}, Words{"--rate", "1000"}}) {
    // Few, because socat logs each connection to a pipe that nobody reads during the run.
    Words words{"--protocol", "echo", "-n", "40", "-c", "4", "--size", "1000"};
    words.insert(words.end(), more.begin(), more.end());
    const auto all = figures(server.address(), words);
    EXPECT_EQ(all["replies"], 40);
    EXPECT_EQ(all["bytes_received"], 40'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, BenchOfEcho,
                         ::testing::Values(EchoServer::Kind::yodeld, EchoServer::Kind::socat,
                                           EchoServer::Kind::xinetd),
                         [](const auto& test) { return name_of(test.param); });

TEST(Bench, ReachesIpv6AndUnixSockets) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\nport = 0\naddress = '::1'\n[[listen]]\naddress = '" + path +
                "'\nbacklog = 2\n");
  for (const auto& server : {daemon.address(), path}) {
    const auto kept = figures(server, {"-n", "100", "-c", "8"});
    EXPECT_EQ(kept["replies"], 100) << server;
    const auto fresh = figures(server, {"-n", "100", "-c", "8", "--new-connection"});
    EXPECT_EQ(fresh["replies"], 100) << server;
  }
}

TEST(Bench, ConnectsFromTheSourcesInTurn) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"-n", "6", "--new-connection", "--source",
                                              "127.0.0.2", "--source", "127.0.0.3", "-c", "2"});
  EXPECT_EQ(all["replies"], 6);
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records("connection from 127.0.0.2:").size() +
                daemon.records("connection from 127.0.0.3:").size(),
            6u);
  EXPECT_FALSE(daemon.records("connection from 127.0.0.3:").empty());
  EXPECT_FALSE(daemon.records("connection from 127.0.0.2:").empty());
}

TEST(Bench, KeepsToItsSchedule) {
  Daemon daemon;
  // The last reply may come in the drain.
  const auto answered = [](const auto& all) {
    return all["replies"].template get<int>() + all["replies_after"].template get<int>();
  };
  const auto all = figures(daemon.address(), {"--rate", "200", "-d", "1s", "-c", "2"});
  EXPECT_EQ(answered(all), 200);
  EXPECT_EQ(all["latency_ms"]["since_intended_start"]["count"], 200);
  EXPECT_EQ(all["unsent"], 0);
  const auto warm =
      figures(daemon.address(), {"--rate", "200", "-d", "500ms", "--warm-up", "500ms", "-c", "2"});
  EXPECT_EQ(answered(warm), 100) << "the warm-up is left out";
}

TEST(Bench, ShowsAStallInTheTimeSinceIntendedStart) {
  // Echoes, but sleeps before the reply to message number 300.
  ScriptedServer server([](Conversation& peer) {
    int i = 0;
    for (auto heard = peer.hear(); !heard.empty(); heard = peer.hear()) {
      if (i++ == 300) std::this_thread::sleep_for(200ms);
      peer.say(heard);
    }
  });
  const auto all = figures(server.name(), {"--protocol", "echo", "--rate", "1000", "-n", "1000"});
  EXPECT_EQ(server.finish(), "");
  const auto& times = all["latency_ms"];
  EXPECT_EQ(all["replies"], 1000);
  // Each request that was due during the stall waited for the rest of it.
  EXPECT_GE(times["since_intended_start"]["p99_9"], 190);
  EXPECT_GE(times["since_intended_start"]["p90"], 50);
  EXPECT_GE(times["round_trip"]["max"], 200);
  EXPECT_LT(times["round_trip"]["p99"], times["since_intended_start"]["p90"])
      << "only one request was under way during the stall";
  EXPECT_GE(all["queued"], 150);
}

TEST(Bench, HoldsConnectionsAndSendsARequestOnEach) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"--hold", "50", "-d", "300ms"});
  EXPECT_EQ(all["replies"], 50);
  EXPECT_EQ(all["connections"], 50);
}

TEST(Bench, CountsHeldConnectionsThatWereClosed) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nidle_timeout = '200ms'\n");
  expect_outcome(run(bench(daemon.address(), {"--hold", "5", "-d", "5s"})), 1,
                 "yodel: " + daemon.address() +
                     ": 5 failed: closed early (the server closed the connection while it was "
                     "idle)\n");
}

TEST(Bench, NamesEachKindOfFailure) {
  const auto nobody = bind_anywhere();
  expect_outcome(run(bench(nobody.address, {"-n", "2"})), 4,
                 "yodel: " + nobody.address + ": 1 failed: connection refused\n");
  expect_outcome(run(bench(nobody.address, {"-n", "2", "--new-connection"})), 4,
                 "yodel: " + nobody.address + ": 2 failed: connection refused\n");
  struct Case {
    std::string errors;
    int status;
    ScriptedServer::Script script;
    Words words{"-n", "1", "--timeout", "300ms"};
  };
  const std::vector<Case> cases{
      {"1 failed: wrong reply (expected 'hello, 0000000000000000!\\n', got 'hello, nobody!\\n')", 1,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.say("hello, nobody!\n");
         peer.hear_out();
       }},
      {"1 failed: wrong reply (the server says: too many connections from your address)", 1,
       [](Conversation& peer) {
         peer.say("error: too many connections from your address\n");
         peer.hear();
       }},
      {"1 failed: closed early (the server closed the connection before the reply; got 'hello, 00' "
       "so far)",
       1,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.say("hello, 00");
       }},
      {"1 failed: connection reset by peer before the reply",
       1,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.reset();
       },
       {"-n", "1", "--new-connection"}},
      {"1 failed: timed out after 300ms waiting for the reply", 5,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.expect_end();
       }},
  };
  for (const auto& [errors, status, script, words] : cases) {
    expect_outcome(run_against(script, bench("PEER", words)), status,
                   "yodel: PEER: " + errors + "\n");
  }
}

// Connections beyond the server's limit wait in vain: each fails once, and the run goes on without
// it.
TEST(Bench, ShowsHowManyConnectionsWereOpen) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nsessions = 5\n");
  const Words words{"-c", "8", "-n", "100", "--timeout", "300ms"};
  const auto all = figures(daemon.address(), words, 5);
  EXPECT_EQ(all["opened"], 5);
  EXPECT_EQ(all["failed"], 3) << "each of them once";
  EXPECT_EQ(all["errors"]["timed_out"], 3);
  EXPECT_EQ(all["replies"], 100) << "the others send all of the requests";
  EXPECT_EQ(all["first_error"],
            "timed out after 300ms waiting for the welcome "
            "(--protocol echo for an echo server, --no-welcome for one that sends none)");
  Program program(
      on_terminal(bench(daemon.address(), {"-c", "8", "-d", "60m", "--timeout", "1s"})));
  program.wait_for_output("5 of 8 open, 0 errors");
  program.wait_for_output(" replies/s, 5 of 8 open, 3 errors, ");
  program.write("\x03");
  EXPECT_EQ(program.wait().status, 5);
  EXPECT_TRUE(holds(program.output(), "5 of 8 connections open: the server takes no more at once"))
      << program.output();
  EXPECT_TRUE(holds(program.output(), "  3 failed: timed out after 1s waiting"))
      << program.output();
}

TEST(Bench, CountsEachFailureOnceIfNoThreadHasAConnection) {
  const auto nobody = bind_anywhere();
  const auto all = figures(nobody.address, {"-c", "8", "-n", "100", "--threads", "4"}, 4);
  EXPECT_EQ(all["opened"], 0);
  EXPECT_EQ(all["failed"], 8);
}

TEST(Bench, KeepsTheNameThatWasTyped) {
  Daemon daemon;
  const auto port = daemon.address().substr(daemon.address().rfind(':'));
  const auto typed = "localhost" + port;
  const auto shown = "localhost (127.0.0.1" + port + ")";
  const auto all = figures(typed, {"-4", "-n", "3"});
  EXPECT_EQ(all["run"]["server"], shown);
  EXPECT_EQ(all["run"]["address"], "127.0.0.1" + port);
  const auto command = all["run"]["command"].get<std::string>();
  EXPECT_TRUE(command.starts_with("yodel bench ") && holds(command, typed)) << command;
  EXPECT_NE(all["client"]["host"], "");
  EXPECT_GE(all["client"]["processors"], 1);
  const auto outcome = run(bench(typed, {"-4", "-n", "3"}));
  EXPECT_TRUE(outcome.output.starts_with(shown + ": greet, 1 connection, next request after"))
      << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "  3 replies in ")) << outcome.output;
  expect_outcome(run(bench("localhost:1", {"-4", "-n", "1"})), 4,
                 "yodel: localhost (127.0.0.1:1): 1 failed: connection refused\n");
}

TEST(Bench, AcceptsAResetAfterTheLastReply) {
  ScriptedServer server([](Conversation& peer) {
    peer.say("welcome");
    peer.expect("0000000000000000\n");
    peer.say("hello, 0000000000000000!\n");
    peer.expect("exit\n");
    peer.reset();
  });
  EXPECT_EQ(figures(server.name(), {"-n", "1"})["replies"], 1);
  EXPECT_EQ(server.finish(), "");
}

TEST(Bench, PrintsASummaryWhenItIsInterrupted) {
  Daemon daemon;
  for (const int signal : {SIGINT, SIGTERM}) {
    Program program(bench(daemon.address(), {"-d", "60m", "-c", "2"}));
    wait_until("its connections", [&] { return children_of(daemon.acceptor()).size() == 2; });
    program.signal(signal);
    EXPECT_EQ(program.wait().status, 0) << program.errors();
    EXPECT_TRUE(holds(program.output(), "Interrupted: the run ended early.")) << program.output();
    EXPECT_EQ(program.errors(), "") << "no progress line without a terminal";
    wait_until("the sessions' end", [&] { return children_of(daemon.acceptor()).empty(); });
  }
}

TEST(Bench, ShowsItsProgressOnATerminal) {
  Daemon daemon;
  Program program(on_terminal(bench(daemon.address(), {"-d", "60m"})));
  program.wait_for_output(" replies/s, 0 errors, 3");
  program.write("\x03");
  program.wait_for_output("Interrupted");
  EXPECT_EQ(program.wait().status, 0);
}

TEST(Bench, SurvivesAReplacementOfTheServer) {
  Daemon daemon;
  const auto where = daemon.address();
  Program program(bench(where, {"-n", "3000", "-c", "4", "--new-connection"}));
  ::kill(daemon.acceptor(), SIGTERM);
  EXPECT_EQ(program.wait(long_patience).status, 0) << program.errors();
}

}  // namespace
}  // namespace yodel::tests
