// The probe protocol, spoken by a plain client.

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "posix/poll.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/probe_peer.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t nanoseconds_per_ms = 1'000'000;

std::string probe_at(const std::string& keys, const std::string& more = "") {
  return "[[listen]]\nprotocol = 'probe'\n" + keys + more;
}
std::string probe_file(const std::string& more = "") {
  return probe_at("port = 0\n", more);
}

TEST(ProbeReply, HasTimesWithinThePeersOwn) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  for (const auto& id : {std::string("1"), std::string("x-7/Z"), std::string(32, 'i')}) {
    const auto before = wall_clock();
    const auto reply = peer.ask(id);
    const auto after = wall_clock();
    EXPECT_EQ(reply.first, id);
    EXPECT_LE(before, reply.time("rx")) << reply.text;
    EXPECT_LE(reply.time("rx"), reply.time("tx")) << reply.text;
    EXPECT_LE(reply.time("tx"), after) << reply.text;
    EXPECT_EQ(reply["retransmits"], "0") << reply.text;
    EXPECT_EQ(reply.words.size(), 3u) << reply.text;
  }
}

// The acceptor and the session need time until the session reads, which is the server's share: the
// kernel stamps the request when it arrives.
TEST(ProbeReply, CountsTheTimeInWhichTheRequestWaitedForTheSession) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  const HeldProcess held(sessions_of(daemon.acceptor(), 1).front());
  const auto before = wall_clock();
  peer.connection().send("1\n");
  const auto sent = wall_clock();
  EXPECT_FALSE(peer.connection().has_input(100ms));
  held.resume();
  const auto reply = peer.next();
  EXPECT_GE(reply.time("tx") - reply.time("rx"), 100 * nanoseconds_per_ms) << reply.text;
  // Over loopback, the request arrives while it is sent.
  EXPECT_LE(before, reply.time("rx")) << reply.text;
  EXPECT_LE(reply.time("rx"), sent) << reply.text;
}

TEST(ProbeReply, HasTheKernelsFiguresIfAsked) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  peer.ask("1");
  const auto reply = peer.ask("2 info data=hello");
  for (const std::string word : {"rtt_us", "min_rtt_us", "mss"})
    EXPECT_GT(std::stol(reply[word]), 0) << reply.text;
  EXPECT_LE(std::stol(reply["min_rtt_us"]), std::stol(reply["rtt_us"])) << reply.text;
  EXPECT_EQ(reply["data"], "hello");
  EXPECT_FALSE(peer.ask("3").has("mss")) << "not asked";
}

TEST(ProbeReply, HasExactlyTheSizeAskedFor) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  for (const std::size_t size : {100, 1400, 16384}) {
    const auto reply = peer.ask("1 size=" + std::to_string(size));
    EXPECT_EQ(reply.text.size() + 1, size) << "with its newline";
    EXPECT_EQ(reply["data"].find_first_not_of('x'), std::string::npos);
  }
  const auto filled = peer.ask("2 size=200 data=a b=c");
  EXPECT_EQ(filled.text.size() + 1, 200u);
  EXPECT_TRUE(filled["data"].starts_with("a b=cxxx")) << filled.text;
  const auto longer = peer.ask("3 size=1 data=all of it");
  EXPECT_EQ(longer["data"], "all of it");
  EXPECT_TRUE(holds(peer.ask("4 size=16385")["error"], "16384"));
}

TEST(ProbeReply, ComesAfterTheTimeAskedFor) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  const auto before = posix::Clock::now();
  const auto reply = peer.ask("1 after=300ms");
  EXPECT_GE(posix::Clock::now() - before, 300ms);
  EXPECT_GE(reply.time("tx") - reply.time("rx"), 300 * nanoseconds_per_ms) << reply.text;
  EXPECT_TRUE(holds(peer.ask("2 after=6m")["error"], "at most 300s")) << "idle_timeout";
}

TEST(ProbeReply, SaysWhatIsWrongAndGoesOn) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"1 foo", "1"},     {"2 after=x", "2"}, {"3 after=-1s", "3"},
      {"4 size=-1", "4"}, {"5 size=", "5"},   {"6 information", "6"},
      {"", "-"},          {"   ", "-"},       {std::string(33, 'i'), "-"},
      {"\x01", "-"},
  };
  for (const auto& [request, id] : wrong) {
    const auto reply = peer.ask(request);
    EXPECT_EQ(reply.first, id) << reply.text;
    EXPECT_FALSE(reply["error"].empty()) << reply.text;
  }
  EXPECT_TRUE(peer.ask("7").has("tx"));
  EXPECT_EQ(peer.end(), "");
  daemon.wait_for_record("peer closed its side, 11 messages");
}

TEST(ProbeReply, AnswersTheRequestsOfOneReadInOrder) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  peer.connection().send("1\r\n2 after=20ms\n3 data=\n");
  const auto first = peer.next();
  const auto second = peer.next();
  const auto third = peer.next();
  EXPECT_EQ(first.first + second.first + third.first, "123");
  EXPECT_EQ(first["rx"], third["rx"]) << "they came at once";
  EXPECT_LT(first.time("tx"), second.time("tx"));
  EXPECT_GE(second.time("tx") - first.time("tx"), 20 * nanoseconds_per_ms);
  EXPECT_TRUE(third.has("data"));
}

TEST(ProbeReply, AnswersALastLineWithoutANewline) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  peer.connection().send("last data=end");
  const auto rest = peer.end();
  EXPECT_TRUE(rest.starts_with("last rx=")) << rest;
  EXPECT_TRUE(rest.ends_with(" data=end\n")) << rest;
  daemon.wait_for_record("close_reason=eof");
}

TEST(ProbeReply, EndsTheSessionAfterALineThatIsTooLong) {
  Daemon daemon(probe_file("[probe]\nmax_size = 256\n"));
  ProbePeer peer(daemon.address());
  EXPECT_EQ(peer.ask("1 data=" + std::string(249, 'd'))["data"].size(), 249u);
  const auto reply = peer.ask("2 data=" + std::string(250, 'd'));
  EXPECT_TRUE(holds(reply["error"], "256")) << reply.text;
  EXPECT_EQ(peer.connection().receive_rest(), "");
  daemon.wait_for_record("close_reason=message-too-long");
}

TEST(ProbeReply, IsOwedAtAStop) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  peer.connection().send("1 after=500ms\n");
  EXPECT_FALSE(peer.connection().has_input(50ms));
  daemon.program().signal(SIGTERM);
  EXPECT_TRUE(peer.next().has("tx"));
  EXPECT_EQ(peer.connection().receive_rest(), "");
  daemon.wait_for_record("close_reason=shutdown");
}

TEST(ProbeReply, IsGivenUpWhenTheGracePeriodExpires) {
  Daemon daemon(probe_file("[shutdown]\ngrace = '100ms'\n"));
  ProbePeer peer(daemon.address());
  peer.connection().send("1 after=4m\n");
  EXPECT_FALSE(peer.connection().has_input(50ms));
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(peer.connection().receive_rest(), "");
  EXPECT_TRUE(holds(daemon.wait_for_record("close_reason=shutdown"), "0 messages"));
}

TEST(ProbeReply, IsGivenUpWhenThePeerHasGone) {
  Daemon daemon(probe_file());
  ProbePeer peer(daemon.address());
  peer.connection().send("1 after=4m\n");
  EXPECT_FALSE(peer.connection().has_input(50ms));
  peer.connection().reset();
  daemon.wait_for_record("close_reason=peer-reset");
}

TEST(ProbeOverAUnixSocket, LeavesOutWhatOnlyTcpHas) {
  const TemporaryFolder folder;
  const auto place = "unix:" + folder.path() + "/probe";
  Daemon daemon(probe_at("address = '" + place + "'\n"));
  ProbePeer peer(place);
  const auto& header = peer.header();
  EXPECT_EQ(header["listener"], place);
  EXPECT_EQ(header["peer.pid"], std::to_string(::getpid()));
  EXPECT_EQ(header["idle_timeout"], "300s");
  for (const std::string word : {"peer", "local", "keepalive", "syn.ttl", "syn.options"})
    EXPECT_FALSE(header.has(word)) << header.text;
  const auto before = wall_clock();
  const auto reply = peer.ask("1 info after=10ms data=hello");
  const auto after = wall_clock();
  EXPECT_LE(before, reply.time("tx"));
  EXPECT_LE(reply.time("tx"), after);
  EXPECT_EQ(reply["data"], "hello");
  EXPECT_EQ(reply.words.size(), 2u) << reply.text;
  EXPECT_EQ(peer.end(), "");
  daemon.wait_for_record("peer closed its side, 1 message");
}

TEST(Netcat, SpeaksProbe) {
  const std::string program = "/bin/nc.openbsd";
  ASSERT_EQ(::access(program.c_str(), X_OK), 0) << "package netcat-openbsd";
  Daemon daemon(probe_file());
  const auto outcome = run({.path = program,
                            .arguments = {"-N", "127.0.0.1", port_of(daemon.address())},
                            .input = "1 data=hello\n2 size=100\n"});
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(outcome.output.starts_with("probe/1 version=")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, " retransmits=0 data=hello\n2 rx=")) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with("x\n")) << outcome.output;
}

}  // namespace
}  // namespace yodel::tests
