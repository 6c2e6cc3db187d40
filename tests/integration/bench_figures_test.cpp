// The client's figures equal those of the server's records: with servers that close connections in
// between, and for every kind of run.

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/figures.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/repeated_server.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// How a server ends a connection while no request is under way.
enum class End : std::uint8_t {
  with_reply,    // in the segment of the reply
  after_reply,   // a little later
  with_a_word,   // a little later, with the reason
  reset,         // a little later, with a reset
  at_a_request,  // when the next request arrives, which it does not read
  after_two,     // after the second reply
  with_error,    // with the reason after the reply; the client closes
  in_halves,     // a little later, with the reason in two pieces
  half_with_it   // with half of the reason in the segment of the reply
};

struct Ends {
  std::string name;
  End end;
};
void PrintTo(const Ends& ends, std::ostream* out) {
  *out << ends.name;
}

// A command, and how many replies it gets.
struct Call {
  std::string name;
  Words words;
  int messages;
};
void PrintTo(const Call& call, std::ostream* out) {
  *out << call.name;
}

struct Greeted {
  std::atomic<int> answered{0};
  std::atomic<std::uint64_t> heard{0};  // bytes of those requests and of farewells
};

// Greets, answers and ends the connection. Later bytes are not taken for a message.
void greet_and_end(Conversation& client, End end, Greeted& greeted) {
  client.send_at_once();
  client.say("welcome\n");
  for (int i = 1; i <= (end == End::after_two ? 2 : 1); ++i) {
    // The client waits for each reply, so one read returns one whole message.
    std::string message = client.hear();
    if (message.empty()) return;
    greeted.heard += message.size();
    const std::string newline = message.ends_with('\n') ? "\n" : "";
    message.resize(message.size() - newline.size());
    if (message == "exit") return client.hear_out();
    ++greeted.answered;
    std::string reply = "hello, ";
    reply.append(message).append("!").append(newline);
    if (end == End::with_error) {
      client.say(reply + "error: no more\n");
      return client.hear_out();
    }
    if (end == End::half_with_it) {
      client.say(reply + "error: ");
      client.wait_for_word();
      client.say_and_end("idle for too long\n");
      return client.hear_out();
    }
    if (end == End::with_reply) {
      client.say_and_end(reply);
    } else {
      client.say(reply);
    }
  }
  if (end == End::at_a_request) {
    client.wait_for_word();
    return client.close();
  }
  std::this_thread::sleep_for(5ms);
  if (end == End::with_a_word) client.say("error: idle for too long\n");
  if (end == End::in_halves) {
    client.say("error: ");
    std::this_thread::sleep_for(5ms);
    client.say_and_end("idle for too long\n");  // unless the client has gone
  }
  if (end == End::reset) return client.reset();
  client.end_output();
  client.hear_out();
}

class EndsInBetween : public testing::TestWithParam<std::tuple<Ends, Call>> {};

TEST_P(EndsInBetween, AreNoFailures) {
  const auto end = std::get<0>(GetParam()).end;
  const Call& call = std::get<1>(GetParam());
  Greeted greeted;
  RepeatedServer server([&](Conversation& client) { greet_and_end(client, end, greeted); });
  Command command{
      .path = binary("yodel"),
      .arguments = with_arguments({.arguments = call.words}, {"-s", server.name()}).arguments,
      .unset = {"YODEL_SERVER"}};
  const auto outcome = run(command, long_patience);
  EXPECT_EQ(outcome.exit.status, 0) << outcome.output << outcome.errors;
  EXPECT_EQ(server.finish(), "");
  EXPECT_EQ(greeted.answered, call.messages);
  const auto last =
      outcome.output.substr(outcome.output.rfind('\n', outcome.output.size() - 2) + 1);
  const auto figures = json::parse(last);
  EXPECT_EQ(figures.at("connections"), server.account().connections);
  if (call.words.front() == "ping") {
    EXPECT_EQ(figures.at("sent"), call.messages);
    EXPECT_EQ(figures.at("received"), call.messages);
    return;
  }
  EXPECT_EQ(figures.at("replies"), call.messages);
  EXPECT_EQ(figures.at("failed"), 0);
  // The next request does not wait for the second half of the reason.
  const auto received = figures.at("bytes_received").get<std::uint64_t>();
  const std::string half = "idle for too long\n";
  const auto missed = end == End::in_halves ? server.account().connections * half.size() : 0;
  EXPECT_LE(received, server.account().said);
  EXPECT_GE(received + missed, server.account().said);
  // A server that has closed does not read the farewell.
  const auto sent = figures.at("bytes_sent").get<std::uint64_t>();
  const std::string farewell = "exit\n";
  EXPECT_GE(sent, greeted.heard);
  EXPECT_LE(sent, greeted.heard + server.account().connections * farewell.size());
}

INSTANTIATE_TEST_SUITE_P(
    Servers, EndsInBetween,
    testing::Combine(
        testing::Values(Ends{"WithReply", End::with_reply}, Ends{"AfterReply", End::after_reply},
                        Ends{"Reset", End::reset}, Ends{"AtARequest", End::at_a_request},
                        Ends{"AfterTwo", End::after_two}, Ends{"WithError", End::with_error}),
        testing::Values(Call{"Ping", {"ping", "--unframed", "-c", "6", "-i", "30ms", "--json"}, 6},
                        Call{"PingAtOnce", {"ping", "-c", "6", "-i", "0", "--json"}, 6},
                        Call{"Bench", {"bench", "-n", "12", "-c", "2", "--json", "-"}, 12},
                        Call{"BenchRate",
                             {"bench", "-n", "12", "-c", "2", "--rate", "40", "--json", "-"},
                             12})),
    [](const auto& each) { return std::get<0>(each.param).name + std::get<1>(each.param).name; });

// With a pause between requests; without one the reason would come while a request is under way.
INSTANTIATE_TEST_SUITE_P(
    ServersWithAWord, EndsInBetween,
    testing::Combine(
        testing::Values(Ends{"WithAWord", End::with_a_word}, Ends{"InHalves", End::in_halves}),
        testing::Values(
            Call{"Ping", {"ping", "--unframed", "-c", "6", "-i", "100ms", "--json"}, 6},
            Call{"PingConnect", {"ping", "-c", "6", "--new-connection", "-i", "0", "--json"}, 6},
            Call{"BenchConnect",
                 {"bench", "-n", "12", "-c", "2", "--new-connection", "--json", "-"},
                 12},
            Call{
                "BenchRate", {"bench", "-n", "12", "-c", "2", "--rate", "20", "--json", "-"}, 12})),
    [](const auto& each) { return std::get<0>(each.param).name + std::get<1>(each.param).name; });

INSTANTIATE_TEST_SUITE_P(
    ServersWithHalfAWord, EndsInBetween,
    testing::Combine(
        testing::Values(Ends{"HalfWithReply", End::half_with_it}),
        testing::Values(
            Call{"PingConnect", {"ping", "-c", "6", "--new-connection", "-i", "0", "--json"}, 6},
            Call{"BenchConnect",
                 {"bench", "-n", "12", "-c", "2", "--new-connection", "--json", "-"},
                 12})),
    [](const auto& each) { return std::get<0>(each.param).name + std::get<1>(each.param).name; });

// A request to a server that never replies fails, and is sent at most twice.
TEST(EndsInBetween, DoNotHideAServerThatEndsAtEachRequest) {
  std::atomic<int> heard{0};
  RepeatedServer server([&](Conversation& client) {
    client.say("welcome\n");
    if (!client.hear().empty()) ++heard;
  });
  const auto pinged = run(ping(server.name(), {"-c", "2", "-i", "0", "-q"}));
  EXPECT_EQ(pinged.exit.status, 1);
  EXPECT_TRUE(holds(pinged.output, "2 sent, 0 received, 0 wrong, 2 lost")) << pinged.output;
  EXPECT_EQ(heard, 2);
  heard = 0;
  const auto all = figures(server.name(), {"-n", "2"}, 1);
  EXPECT_EQ(all["errors"]["closed_early"], 2);
  EXPECT_EQ(all["first_error"], "the server closed the connection before the reply");
  EXPECT_EQ(heard, 3) << "the first connection was opened before the run";
}

TEST(EndsInBetween, AreNoFailuresByTheIdleTimeout) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nidle_timeout = '100ms'\n");
  const auto all = figures(daemon.address(), {"--rate", "10", "-d", "1500ms", "-c", "3"});
  EXPECT_EQ(all["replies"].get<int>() + all["replies_after"].get<int>(), 15);
  EXPECT_EQ(all["failed"], 0);
  const auto pinged = run(ping(daemon.address(), {"-c", "4", "-i", "250ms", "--json"}));
  EXPECT_EQ(pinged.exit.status, 0) << pinged.output << pinged.errors;
  EXPECT_EQ(daemon.stop().status, 0);
  const auto account = account_of(daemon.records(" closed: "));
  EXPECT_EQ(account.sessions, all["connections"].get<std::uint64_t>() + 4);
  EXPECT_EQ(account.messages, 15u + 4u);
  EXPECT_TRUE(holds(pinged.output, R"("connections":4,"reconnects":3,)")) << pinged.output;
}

class EveryRun : public testing::TestWithParam<Words> {};

TEST_P(EveryRun, HasTheFiguresOfTheRecords) {
  Daemon daemon;
  const auto all = figures(daemon.address(), GetParam());
  EXPECT_EQ(daemon.stop().status, 0);
  const auto account = account_of(daemon.records(" closed: "));
  const auto number = [&](const char* key) { return all.at(key).get<std::uint64_t>(); };
  EXPECT_EQ(account.sessions, number("connections"));
  EXPECT_EQ(account.bytes_in, number("bytes_sent"));
  EXPECT_EQ(account.bytes_out, number("bytes_received"));
  const auto measured = number("replies") + number("replies_after");
  if (all["run"]["warm_up_s"] == 0) {
    EXPECT_EQ(account.messages, measured);
  } else {
    EXPECT_GT(account.messages, measured);
  }
  EXPECT_EQ(number("failed"), 0u);
  EXPECT_EQ(all["latency_ms"]["round_trip"]["count"], measured);
  const auto counts = all["time_series"]["replies"].get<std::vector<std::uint64_t>>();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), measured);
  EXPECT_DOUBLE_EQ(all["replies_per_s"].get<double>(),
                   all["replies"].get<double>() / all["elapsed_s"].get<double>());
  EXPECT_LE(all["client_busy_s"], all["client_time_s"]);
  if (!all["run"]["requests"].is_null()) {
    EXPECT_EQ(number("replies"), all["run"]["requests"]) << "without the warm-up";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Words, EveryRun,
    testing::Values(Words{"-n", "100", "-c", "3"}, Words{"-d", "300ms", "-c", "3"},
                    Words{"-n", "50", "--warm-up", "200ms", "-c", "3"},
                    Words{"-n", "50", "--warm-up", "200ms", "--rate", "100"},
                    Words{"-n", "3", "--warm-up", "200ms", "-c", "8", "--threads", "4"},
                    Words{"-n", "50", "--new-connection", "--warm-up", "200ms", "-c", "2"},
                    Words{"-d", "300ms", "--rate", "200", "--new-connection", "-c", "4"},
                    Words{"-d", "300ms", "--warm-up", "200ms", "--rate", "100", "-c", "2"},
                    Words{"--hold", "10", "-d", "200ms"}));

// The server answers 100 requests per second, and 1,000 are due: the rest comes in the drain.
TEST(BenchFigures, CountTheDrainSeparately) {
  std::atomic<std::uint64_t> answered{0};
  ScriptedServer server([&](Conversation& peer) {
    for (auto heard = peer.hear(); !heard.empty(); heard = peer.hear()) {
      std::this_thread::sleep_for(10ms);
      peer.say(heard);
      ++answered;
    }
  });
  const Words words{"--protocol", "echo", "--rate", "1000", "-d", "500ms", "--timeout", "1s"};
  const auto outcome = run(with_arguments(bench(server.name(), words), {"--json", "-"}));
  EXPECT_EQ(outcome.exit.status, 5) << outcome.errors;
  EXPECT_TRUE(holds(outcome.errors, " requests were due but never sent\n")) << outcome.errors;
  EXPECT_EQ(server.finish(), "");
  const auto all = json::parse(outcome.output);
  const auto replies = all["replies"].get<std::uint64_t>();
  const auto after = all["replies_after"].get<std::uint64_t>();
  EXPECT_EQ(all["elapsed_s"], 0.5);
  EXPECT_EQ(replies + after, answered);
  EXPECT_LE(replies, 50u);
  EXPECT_GT(after, replies) << "the drain lasts a second";
  EXPECT_EQ(all["replies_per_s"], 2.0 * static_cast<double>(replies));
  EXPECT_GE(all["drain_s"], 0.9);
  EXPECT_EQ(replies + after + all["unsent"].get<std::uint64_t>(), 500u) << "the number due";
  EXPECT_GE(all["client_time_s"].get<double>(),
            all["elapsed_s"].get<double>() + all["drain_s"].get<double>() - 0.01);
}

// An interrupt during the drain does not shorten the measured time.
TEST(BenchFigures, CoverTheDurationWhenTheDrainIsInterrupted) {
  const TemporaryFolder folder;
  const auto file = folder.path() + "/run.json";
  ScriptedServer server([&](Conversation& peer) {
    for (auto heard = peer.hear(); !heard.empty(); heard = peer.hear()) {
      std::this_thread::sleep_for(10ms);
      peer.say(heard);
    }
  });
  Program program(on_terminal(bench(server.name(), {"--protocol", "echo", "--rate", "1000", "-d",
                                                    "300ms", "--timeout", "60s", "--json", file})));
  program.wait_for_output("waiting for the last replies");
  program.write("\x03");
  EXPECT_EQ(program.wait().status, 5) << program.output();
  const auto all = json::parse(read_file(file));
  EXPECT_EQ(all["elapsed_s"], 0.3);
  EXPECT_GT(all["drain_s"], 0);
  EXPECT_EQ(all["interrupted"], true);
}

// Interrupts a run before the first welcome, and while the server does not close.
TEST(BenchFigures, CountAnInterruptAsNoFailure) {
  for (const std::string welcome : {"", "welcome"}) {
    std::promise<void> connected;
    ScriptedServer server([&](Conversation& peer) {
      peer.say(welcome);
      connected.set_value();
      peer.hear_out();
    });
    Program program(bench(server.name(), {"--hold", "1", "-d", "60s", "--timeout", "60s"}));
    connected.get_future().wait();
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().status, 0) << program.errors();
    EXPECT_TRUE(holds(program.output(), "  0 failed\n")) << program.output();
  }
}

TEST(BenchFigures, HaveNothingUnsentWhenItIsInterrupted) {
  Daemon daemon;
  Program program(bench(daemon.address(), {"-d", "60s", "--rate", "50"}));
  daemon.wait_for_record(" ready");
  wait_until("its connection", [&] { return !children_of(daemon.acceptor()).empty(); });
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0) << program.errors();
}

// The server replies but does not close: a request with its own connection is then incomplete.
TEST(BenchFigures, CountARequestOnce) {
  RepeatedServer server([](Conversation& peer) {
    peer.say("welcome\n");
    const auto line = peer.hear();
    peer.say("hello, " + line.substr(0, line.size() - 1) + "!\n");
    while (!peer.hear().empty()) {
    }
    peer.wait_for_word();
    std::this_thread::sleep_for(1s);
  });
  const auto all = figures(server.name(), {"-n", "2", "--new-connection", "--timeout", "200ms"}, 5);
  EXPECT_EQ(all["replies"], 0);
  EXPECT_EQ(all["failed"], 2);
  EXPECT_TRUE(all["latency_ms"]["round_trip"].is_null());
}

TEST(BenchFigures, SayWhyAHeldConnectionWasClosed) {
  ScriptedServer server([](Conversation& peer) {
    peer.say("welcome");
    std::this_thread::sleep_for(20ms);
    peer.say("error: idle for too long\n");
  });
  const auto all = figures(server.name(), {"--hold", "1", "-d", "300ms"}, 1);
  EXPECT_EQ(all["first_error"], "the server says: idle for too long");
}

TEST(BenchFigures, QuoteTheServer) {
  Daemon daemon;
  const auto all = figures(daemon.address(), {"-n", "3", "--size", "2000"}, 1);
  EXPECT_EQ(all["errors"]["wrong_reply"], 3);
  EXPECT_EQ(all["first_error"], "the server says: message longer than 1024 bytes");
}

// The server says why, closes, and resets the connection at the next bytes: its words are still
// read.
TEST(BenchFigures, QuoteAServerThatHasGone) {
  RepeatedServer server([](Conversation& peer) {
    peer.say("welcome\n");
    peer.wait_for_word();
    peer.say("error: the disk is \x1b[31mfull\n");
  });
  const auto outcome = run(bench(server.name(), {"-n", "1", "--new-connection"}));
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_TRUE(holds(outcome.output, R"(the server says: the disk is \x1b[31mfull)"))
      << outcome.output;
}

TEST(BenchFigures, ShowWhatARunWaitsFor) {
  ScriptedServer server([&](Conversation& peer) {
    peer.hear();
    peer.hear_out();
  });
  Program program(
      on_terminal(bench(server.name(), {"--protocol", "echo", "-d", "100ms", "--timeout", "60s"})));
  program.wait_for_output("0 replies/s, 0 errors, waiting for the last replies");
  program.write("\x03");
  EXPECT_EQ(program.wait().status, 0);
}

}  // namespace
}  // namespace yodel::tests
