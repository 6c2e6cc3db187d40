// `yodel bench` as a user sees it: what it counts is what the server counts, and what it says of a
// server that fails, stalls or is not there.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/integration/daemon.hpp"
#include "tests/integration/echo_servers.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr std::chrono::milliseconds long_patience = 100s;

Command bench(const std::string& server, const Words& more) {
  return with_arguments(
      {.path = binary("yodel"), .arguments = {"bench", "-s", server}, .unset = {"YODEL_SERVER"}},
      more);
}

// Runs it with its figures on standard output, and gives them.
json figures(const std::string& server, Words words, int status = 0) {
  words.insert(words.end(), {"--json", "-"});
  const auto outcome = run(bench(server, words), long_patience);
  EXPECT_EQ(outcome.exit.status, status) << outcome.errors << outcome.output;
  return json::parse(outcome.output);
}

// Runs it and expects that it fails like this; PEER in `errors` stands for the server.
void expect_failure(const std::string& server, const Words& words, int status, std::string errors) {
  const auto outcome = run(bench(server, words));
  if (const auto at = errors.find("PEER"); at != std::string::npos) errors.replace(at, 4, server);
  EXPECT_EQ(outcome.exit.status, status);
  EXPECT_EQ(outcome.errors, errors) << outcome.output;
}

// What the records of all sessions come to.
struct Account {
  std::uint64_t sessions = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};
void count(const std::string& record, Account& account) {
  // "… closed: peer sent exit, 1 message, 17 bytes in, 31 out, …"
  const std::string closed = " closed: peer ";
  const auto at = record.find(closed);
  if (at == std::string::npos) return;
  std::istringstream words(record.substr(record.find(", ", at) + 2));
  std::uint64_t messages = 0;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::string word;
  words >> messages >> word >> in >> word >> word >> out;
  EXPECT_TRUE(words.good()) << record;
  ++account.sessions;
  account.messages += messages;
  account.bytes_in += in;
  account.bytes_out += out;
}

Account account_of(const std::vector<std::string>& records) {
  Account account;
  for (const auto& record : records)
    count(record, account);
  return account;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

// A server in a thread of its own that holds `serve` with one connection after the other.
class EchoWithHitch {
 public:
  // Echoes, but sleeps for `hitch` before it answers message number `at`.
  EchoWithHitch(int at, std::chrono::milliseconds hitch)
      : server_([at, hitch](Conversation& peer) {
          for (int i = 0;; ++i) {
            const auto heard = peer.hear();
            if (heard.empty()) return;
            if (i == at) std::this_thread::sleep_for(hitch);
            peer.say(heard);
          }
        }) {}
  [[nodiscard]] const std::string& name() const { return server_.name(); }
  std::string finish() { return server_.finish(); }

 private:
  ScriptedServer server_;
};

TEST(Bench, CountsWhatItWasAskedForInAClosedLoop) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"-n", "1000", "-c", "4"});
  EXPECT_EQ(all["replies"], 1000);
  EXPECT_EQ(all["failed"], 0);
  EXPECT_EQ(all["connections"], 4);
  const auto& times = all["latency_ms"];
  EXPECT_EQ(times["round_trip"]["count"], 1000);
  EXPECT_EQ(times["connect"]["count"], 4);
  EXPECT_EQ(times["first_byte"]["count"], 4);
  EXPECT_TRUE(times["since_due"].is_null());
  EXPECT_LE(times["round_trip"]["p50"], times["round_trip"]["max"]);
  std::uint64_t in_bins = 0;
  for (const auto& bin : times["round_trip"]["bins"])
    in_bins += bin[1].get<std::uint64_t>();
  EXPECT_EQ(in_bins, 1000u);
  std::uint64_t in_course = 0;
  for (const auto& count : all["course"]["replies"])
    in_course += count.get<std::uint64_t>();
  EXPECT_EQ(in_course, 1000u);
  EXPECT_EQ(daemon.stop().status, 0);
  const auto account = account_of(daemon.records(" closed: peer "));
  EXPECT_EQ(account.sessions, 4u);
  EXPECT_EQ(account.bytes_in, all["bytes_sent"]);
  EXPECT_EQ(account.bytes_out, all["bytes_received"]);
}

TEST(Bench, AgreesWithTheRecordsToTheLastByteOfManyConnections) {
  constexpr std::uint64_t connections = sanitized ? 3'000 : 50'000;
  const TemporaryFolder folder;
  // Nobody reads a pipe meanwhile.
  const auto records = folder.path() + "/records";
  Daemon daemon({.config = "[[listen]]\nport = 0\n[limits]\nsessions_per_source = 0\n",
                 .wait_until_ready = false,
                 .program = "/bin/sh",
                 .arguments_before = {"-c", R"(exec "$0" "$@" 2>)" + records, binary("yodeld")}});
  daemon.wait_for_notification("READY=1");
  std::string where;
  wait_until("where it listens", [&] {
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
        figures(daemon.address(), {"--protocol", "echo", "-n", "20", "-c", "2", "--payload", size});
    EXPECT_EQ(all["replies"], 20);
    EXPECT_EQ(all["bytes_sent"], 20 * std::stoul(size));
    EXPECT_EQ(all["bytes_received"], 20 * std::stoul(size));
    EXPECT_EQ(all["latency_ms"]["first_byte"]["count"], 2);
  }
  const auto fresh = figures(daemon.address(), {"--protocol", "echo", "-n", "50", "-k"});
  EXPECT_EQ(fresh["connections"], 50);
  EXPECT_EQ(fresh["latency_ms"]["first_byte"]["count"], 50);
}

class BenchOfEcho : public ::testing::TestWithParam<EchoServer::Kind> {};

TEST_P(BenchOfEcho, HasEveryReplyRight) {
  const EchoServer server(GetParam());
  for (const Words& more : {Words{}, Words{"--new-connection"}, Words{"--rate", "1000"}}) {
    // Not more: socat tells of each connection in a pipe that nobody empties meanwhile.
    Words words{"--protocol", "echo", "-n", "40", "-c", "4", "--payload", "1000"};
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
    const auto fresh = figures(server, {"-n", "100", "-c", "8", "-k"});
    EXPECT_EQ(fresh["replies"], 100) << server;
  }
}

TEST(Bench, ConnectsFromTheSourcesInTurn) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"-n", "6", "-k", "--source", "127.0.0.2", "--source",
                                              "127.0.0.3", "-c", "2"});
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
  const auto all = figures(daemon.address(), {"--rate", "200", "-d", "1s", "-c", "2"});
  EXPECT_EQ(all["replies"], 200);
  EXPECT_EQ(all["latency_ms"]["since_due"]["count"], 200);
  EXPECT_EQ(all["unsent"], 0);
  const auto warm =
      figures(daemon.address(), {"--rate", "200", "-d", "500ms", "--warm-up", "500ms", "-c", "2"});
  EXPECT_EQ(warm["replies"], 100) << "those of the warm-up are left out";
}

TEST(Bench, ShowsAStallInTheTimeSinceDue) {
  EchoWithHitch server(300, 200ms);
  const auto all = figures(server.name(), {"--protocol", "echo", "--rate", "1000", "-n", "1000"});
  EXPECT_EQ(server.finish(), "");
  const auto& times = all["latency_ms"];
  EXPECT_EQ(all["replies"], 1000);
  // Of the requests that were due meanwhile, each waited for what was left of it.
  EXPECT_GE(times["since_due"]["p99.9"], 190);
  EXPECT_GE(times["since_due"]["p90"], 50);
  EXPECT_GE(times["round_trip"]["max"], 200);
  EXPECT_LT(times["round_trip"]["p99"], times["since_due"]["p90"]) << "one request saw all of it";
  EXPECT_GE(all["queued"], 150);
}

TEST(Bench, HoldsConnectionsAndAsksEach) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"--hold", "50", "-d", "300ms"});
  EXPECT_EQ(all["replies"], 50);
  EXPECT_EQ(all["connections"], 50);
}

TEST(Bench, TellsHowManyHeldConnectionsWereClosed) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nidle_timeout = '200ms'\n");
  expect_failure(daemon.address(), {"--hold", "5", "-d", "5s"}, 1, "yodel: PEER: 5 closed early\n");
}

TEST(Bench, TellsFailuresApart) {
  const auto refused = [] {
    ScriptedServer server([](Conversation&) {});
    return server.name();
  }();
  expect_failure(refused, {"-n", "2"}, 4, "yodel: PEER: 1 refused\n");
  expect_failure(refused, {"-n", "2", "-k"}, 4, "yodel: PEER: 2 refused\n");
  struct Case {
    std::string errors;
    int status;
    ScriptedServer::Script script;
  };
  const std::vector<Case> cases{
      {"1 wrong reply", 1,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.say("hello, nobody!\n");
         peer.say(std::string(10'000, 'x'));
         peer.hear_out();
       }},
      {"1 wrong reply", 1,
       [](Conversation& peer) {
         peer.say("error: too many connections from your address\n");
         peer.hear();
       }},
      {"1 closed early", 1,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.say("hello, 00");
       }},
      {"1 reset", 1,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.reset();
       }},
      {"1 timed out", 5,
       [](Conversation& peer) {
         peer.say("welcome");
         peer.hear();
         peer.expect_end();
       }},
  };
  for (const auto& [errors, status, script] : cases) {
    ScriptedServer server(script);
    expect_failure(server.name(), {"-n", "1", "--timeout", "300ms"}, status,
                   "yodel: PEER: " + errors + "\n");
    EXPECT_EQ(server.finish(), "");
  }
}

TEST(Bench, TakesAResetBehindTheLastReplyForTheEnd) {
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

TEST(Bench, RefusesWhatItCannotDo) {
  const std::string hint = "Try 'yodel bench --help' for more information.\n";
  const std::string server = "127.0.0.1:1";
  expect_failure(server, {"--hold", "2", "--rate", "3"}, 2,
                 "yodel: --hold: has one request on each connection; it does not go with --rate, "
                 "--requests or --new-connection\n" +
                     hint);
  expect_failure(server, {"-n", "2", "-d", "1s"}, 2,
                 "yodel: --requests: excludes --duration; either of them ends the run\n" + hint);
  const std::vector<std::pair<Words, std::string>> numbers{
      {{"--payload", "70000"}, "--payload: '70000' is not a whole number from 1 to 65536"},
      {{"--protocol", "echo", "--payload", "70m"},
       "--payload: '70m' is not a whole number from 1 to 16777216"},
      {{"-c", "0"}, "--connections: '0' is not a whole number from 1 to 1000000"},
      {{"--hold", "1.5"}, "--hold: '1.5' is not a whole number from 1 to 1000000"},
      {{"-n", "-1"}, "--requests: '-1' is not a whole number from 1 to 1000000000000"},
      {{"--threads", ""}, "--threads: '' is not a whole number from 1 to 256"},
      {{"--rate", "0"}, "--rate: '0' is not a number from 0.001 to 10000000"},
      {{"--rate", "nan"}, "--rate: 'nan' is not a number from 0.001 to 10000000"},
      {{"--protocol", "http"}, "--protocol: 'http' is unknown; expected greet or echo"},
      {{"--protocol", "echo", "--unframed"}, "--unframed: the echo protocol has no framing"},
  };
  for (const auto& [words, error] : numbers) {
    std::string errors = "yodel: ";
    errors.append(error).append("\n").append(hint);
    expect_failure(server, words, 2, errors);
  }
  expect_failure(server, {"--source", "x"}, 2,
                 "yodel: --source: 'x' is not an IPv4 or IPv6 address\n");
  expect_failure(server, {"--source", "[::1]"}, 2,
                 "yodel: --source: '[::1]' is not an IPv4 or IPv6 address\n");
  expect_failure(server, {"--duration", "[1s"}, 2,
                 "yodel: --duration: '[1s' is not a length of time; expected one above zero and up "
                 "to 365d, such as 500ms, 2.5s, 1m30s or a number of seconds\n" +
                     hint);
  expect_failure(server, {"--source", "::1"}, 2,
                 "yodel: --source: from ::1 there is no way to 127.0.0.1:1\n");
  expect_failure(server, {"--source", "192.0.2.1"}, 2,
                 "yodel: --source: 192.0.2.1: cannot assign requested address\n");
  const auto many =
      run({.path = "/bin/sh",
           .arguments = {"-c", R"(ulimit -n 60; exec "$0" bench -c 50)", binary("yodel")}});
  EXPECT_EQ(many.exit.status, 2);
  EXPECT_TRUE(holds(many.errors, "and this process may open 60: raise the limit with 'ulimit -n'"))
      << many.errors;
}

TEST(Bench, WritesItsFiguresWholeOrNotAtAll) {
  Daemon daemon;
  const auto where = daemon.address();
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", "old");
  const auto outcome = run(bench(where, {"-n", "5", "--json", file}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(holds(outcome.output, "5 replies in ")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "round trip")) << outcome.output;
  EXPECT_EQ(json::parse(read_file(file))["replies"], 5);
  expect_failure(where, {"-n", "5", "--json", "/dev/full"}, 6,
                 "yodel: /dev/full: No space left on device\n");
  expect_failure(where, {"-n", "5", "--json", folder.path() + "/none/run.json"}, 6,
                 "yodel: " + folder.path() + "/none/run.json: No such file or directory\n");
}

TEST(Bench, ShowsANameOfBytesThatAreNoText) {
  const auto outcome = run(bench("unix:/tmp/\xff\x1b", {"-n", "1", "--json", "-"}));
  EXPECT_EQ(outcome.exit.status, 4);
  EXPECT_EQ(json::parse(outcome.output)["run"]["server"], "unix:/tmp/\\xff\\x1b");
  EXPECT_EQ(outcome.errors, "yodel: unix:/tmp/\\xff\\x1b: 1 unreachable\n");
}

TEST(Bench, LooksAtItsFilesBeforeItRuns) {
  const TemporaryFolder folder;
  const std::string page = folder.path() + "/page.html";
  const std::string nobody = "127.0.0.1:1";
  const std::string hint = "Try 'yodel bench --help' for more information.\n";
  expect_failure(nobody, {"--compare", "old.json"}, 2,
                 "yodel: --compare: needs --report, the page where the two runs are laid over each "
                 "other\n" +
                     hint);
  expect_failure(nobody, {"--json", "-", "--report", "-"}, 2,
                 "yodel: --report: '-' is what --json is written to\n" + hint);
  expect_failure(nobody, {"--json", page, "--report", page}, 2,
                 "yodel: --report: '" + page + "' is what --json is written to\n" + hint);
  const auto expect_refused = [&](const std::string& old, const std::string& error) {
    expect_failure(nobody, {"--report", page, "--compare", old}, 2,
                   "yodel: " + old + ": " + error + "\n");
  };
  const std::string expected = " (expected a file that 'yodel bench --json' has written)";
  expect_refused(folder.path() + "/none", "No such file or directory");
  expect_refused(folder.path(), "Is a directory");
  expect_refused("/dev/zero", "is larger than 16 MiB" + expected);
  expect_refused(folder.write("list", "[]"), "the whole: expected an object, got array" + expected);
  expect_refused(folder.write("other", R"({"yodel": 1})"),
                 "yodel: expected a text, got 1" + expected);
  for (const char* option : {"--json", "--report"}) {
    const auto there = folder.path() + "/none/file";
    const auto outcome = run(bench(nobody, {option, there}));
    EXPECT_EQ(outcome.exit.status, 6);
    EXPECT_EQ(outcome.errors, "yodel: " + there + ": No such file or directory\n");
    EXPECT_EQ(outcome.output, "") << "there was no run";
  }
  EXPECT_FALSE(std::filesystem::exists(page));
}

TEST(Bench, WritesAReportThatIsWhole) {
  Daemon daemon;
  const auto where = daemon.address();
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", "old");
  const auto page = folder.write("page.html", "old");
  auto outcome = run(bench(where, {"-n", "5", "--json", file, "--report", page}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(holds(outcome.output, "5 replies in ")) << outcome.output;
  EXPECT_TRUE(read_file(page).ends_with("</html>\n"));
  // The run that is compared may be the one whose place this one takes.
  outcome = run(bench(where, {"-n", "6", "--json", file, "--report", "-", "--compare", file}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(outcome.output.starts_with("<!DOCTYPE html>")) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with("</html>\n"));
  EXPECT_TRUE(holds(outcome.output, R"(<data class="this" value="6">6</data>)"));
  EXPECT_TRUE(holds(outcome.output, R"(<data class="old" value="5">5</data>)"));
  EXPECT_EQ(json::parse(read_file(file))["replies"], 6);
  // So are they when nobody reads the summary.
  outcome = run({.path = "/bin/bash",
                 .arguments = {"-c", R"("$0" bench -s "$1" -n 4 --json "$2" --report "$3" | true)",
                               binary("yodel"), where, file, page}});
  EXPECT_EQ(json::parse(read_file(file))["replies"], 4);
  EXPECT_TRUE(holds(read_file(page), R"(<data class="this" value="4">4</data>)"));
  // Where one of the files fails, the other is written.
  expect_failure(where, {"-n", "7", "--json", "/dev/full", "--report", page}, 6,
                 "yodel: /dev/full: No space left on device\n");
  EXPECT_TRUE(holds(read_file(page), R"(<data class="this" value="7">7</data>)"));
  expect_failure(where, {"-n", "8", "--json", file, "--report", "/dev/full"}, 6,
                 "yodel: /dev/full: No space left on device\n");
  EXPECT_EQ(json::parse(read_file(file))["replies"], 8);
}

TEST(Bench, LeavesNoHalfFilesWhenASignalEndsIt) {
  Daemon daemon;
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", "old");
  const auto page = folder.write("page.html", "old");
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
  };
  Program program(bench(daemon.address(), {"-d", "60m", "--json", file, "--report", page}));
  wait_until("its connection", [&] { return children_of(daemon.acceptor()).size() == 1; });
  EXPECT_EQ(files(), 2) << "those that are to be have no names";
  program.signal(SIGHUP);
  EXPECT_EQ(program.wait().signal, SIGHUP);
  EXPECT_EQ(files(), 2);
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(read_file(page), "old");
}

TEST(Bench, SumsUpWhenItIsInterrupted) {
  Daemon daemon;
  for (const int signal : {SIGINT, SIGTERM}) {
    Program program(bench(daemon.address(), {"-d", "60m", "-c", "2"}));
    wait_until("its connections", [&] { return children_of(daemon.acceptor()).size() == 2; });
    program.signal(signal);
    EXPECT_EQ(program.wait().status, 0) << program.errors();
    EXPECT_TRUE(holds(program.output(), "Interrupted: the run is shorter than was asked for."))
        << program.output();
    EXPECT_EQ(program.errors(), "") << "no progress where there is no terminal";
    wait_until("the sessions' ends", [&] { return children_of(daemon.acceptor()).empty(); });
  }
}

TEST(Bench, ShowsItsProgressOnATerminal) {
  Daemon daemon;
  auto command = bench(daemon.address(), {"-d", "60m"});
  command.terminal = true;
  Program program(command);
  program.wait_for_output(" replies/s, 0 errors, 3");
  program.write("\x03");
  program.wait_for_output("Interrupted");
  EXPECT_EQ(program.wait().status, 0);
}

TEST(Bench, GoesOnWhenTheServerIsReplaced) {
  Daemon daemon;
  const auto where = daemon.address();
  Program program(bench(where, {"-n", "3000", "-c", "4", "-k"}));
  ::kill(daemon.acceptor(), SIGTERM);
  EXPECT_EQ(program.wait(long_patience).status, 0) << program.errors();
}

}  // namespace
}  // namespace yodel::tests
