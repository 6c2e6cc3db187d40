// Each session gets one record, with everything that is known about it.

#include "manager/supervisor/session_ledger.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "log/record.hpp"
#include "manager/supervisor/session_records.hpp"
#include "posix/shared_memory.hpp"
#include "protocol/scoreboard.hpp"
#include "tests/unit/daemon/manager/record_field.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

using log::Record;
using tests::field;

const posix::Clock::time_point accepted{1h};
const auto later = accepted + 7ms;

const records::Origin origin{
    .acceptor = 3, .listener = "127.0.0.1:9999", .protocol = protocol::Protocol::greet};

protocol::Peer peer() {
  auto endpoint = *protocol::parse_endpoint("127.0.0.1");
  endpoint.port = 60647;
  return protocol::peer_from(to_socket_address(endpoint, 0));
}

protocol::Report report() {
  return {.number = 42,
          .messages = 3,
          .bytes_in = 16,
          .bytes_out = 43,
          .duration = 2104us,
          .tcp = {.rtt = 12100us, .min_rtt = 11900us, .mss = 1360},
          .reason = protocol::CloseReason::exit};
}

protocol::Ended ended(int wait_status) {
  return {.number = 42,
          .peer = peer(),
          .pid = 4711,
          .wait_status = wait_status,
          .cpu_time = 310us,
          .duration = 2200us};
}

TEST(SessionLedger, MakesOneRecordOfReportAndEnd) {
  SessionLedger ledger(origin);
  ledger.handle(4711, report());
  const Record record = ledger.handle(ended(0));
  EXPECT_EQ(record.level(), config::Level::info);
  EXPECT_EQ(field(record, "MESSAGE"),
            "connection from 127.0.0.1:60647 closed: peer sent exit, 3 messages, 16 bytes in, 43 "
            "out, 2.1 ms");
  EXPECT_EQ(field(record, "PRIORITY"), "6");
  EXPECT_EQ(field(record, "MESSAGE_ID").size(), 32u);
  EXPECT_EQ(field(record, "YODEL_SESSION"), "3-42");
  EXPECT_EQ(field(record, "YODEL_LISTENER"), "127.0.0.1:9999");
  EXPECT_EQ(field(record, "YODEL_PROTOCOL"), "greet");
  EXPECT_EQ(field(record, "YODEL_SESSION_PID"), "4711");
  EXPECT_EQ(field(record, "YODEL_PEER_ADDRESS"), "127.0.0.1");
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "60647");
  EXPECT_EQ(field(record, "YODEL_DURATION_USEC"), "2104");
  EXPECT_EQ(field(record, "YODEL_BYTES_IN"), "16");
  EXPECT_EQ(field(record, "YODEL_BYTES_OUT"), "43");
  EXPECT_EQ(field(record, "YODEL_MESSAGES"), "3");
  EXPECT_EQ(field(record, "YODEL_CLOSE_REASON"), "exit");
  EXPECT_EQ(field(record, "YODEL_EXIT_STATUS"), "0");
  EXPECT_EQ(field(record, "YODEL_SIGNAL"), "<none>");
  EXPECT_EQ(field(record, "YODEL_CPU_USEC"), "310");
  EXPECT_EQ(field(record, "YODEL_TCP_RTT_USEC"), "12100");
  EXPECT_EQ(field(record, "YODEL_TCP_MIN_RTT_USEC"), "11900");
  EXPECT_EQ(field(record, "YODEL_TCP_RETRANSMITS"), "0");
  EXPECT_EQ(field(record, "YODEL_TCP_MSS"), "1360");
  EXPECT_TRUE(ledger.close(later).empty());
}

TEST(SessionLedger, SaysWhatTheKernelSentAgain) {
  struct Case {
    std::uint32_t all;
    std::uint32_t handshake;
    const char* text;
  };
  for (const auto& [all, handshake, text] :
       {Case{1, 0, "1 retransmit"}, Case{3, 0, "3 retransmits"},
        Case{2, 2, "2 retransmits of the handshake"},
        Case{3, 2, "3 retransmits (2 of the handshake)"}}) {
    SessionLedger ledger(origin);
    auto repeated = report();
    repeated.tcp.retransmits = all;
    repeated.tcp.handshake_retransmits = handshake;
    ledger.handle(4711, repeated);
    const Record record = ledger.handle(ended(0));
    EXPECT_EQ(field(record, "MESSAGE"),
              std::string("connection from 127.0.0.1:60647 closed: peer sent exit, 3 messages, 16 "
                          "bytes in, 43 out, ") +
                  text + ", 2.1 ms");
    EXPECT_EQ(field(record, "YODEL_TCP_RETRANSMITS"), std::to_string(all));
  }
}

TEST(SessionLedger, LeavesOutFiguresThatWereNotMeasured) {
  SessionLedger ledger(origin);
  auto unmeasured = report();
  unmeasured.tcp = {.mss = 1360};
  ledger.handle(4711, unmeasured);
  const Record record = ledger.handle(ended(0));
  EXPECT_EQ(field(record, "YODEL_TCP_RTT_USEC"), "<none>");
  EXPECT_EQ(field(record, "YODEL_TCP_MIN_RTT_USEC"), "<none>");
  EXPECT_EQ(field(record, "YODEL_TCP_MSS"), "1360");
}

TEST(SessionLedger, ReportsACrash) {
  SessionLedger ledger(origin);
  const Record record = ledger.handle(ended(SIGSEGV));
  EXPECT_EQ(record.level(), config::Level::warning);
  EXPECT_EQ(field(record, "MESSAGE"),
            "connection from 127.0.0.1:60647 crashed: session process 4711 killed by signal 11 "
            "(SIGSEGV), 2.2 ms");
  EXPECT_EQ(field(record, "YODEL_CLOSE_REASON"), "crashed");
  EXPECT_EQ(field(record, "YODEL_SIGNAL"), "11");
  EXPECT_EQ(field(record, "YODEL_BYTES_IN"), "<none>");
}

TEST(SessionLedger, SaysSoWhenAReportWasLost) {
  SessionLedger ledger(origin);
  const Record record = ledger.handle(ended(protocol::exit_unreported << 8));
  EXPECT_EQ(record.level(), config::Level::info);
  EXPECT_EQ(field(record, "YODEL_CLOSE_REASON"), "unreported");
  EXPECT_EQ(field(record, "YODEL_EXIT_STATUS"), "3");
}

TEST(SessionLedger, IgnoresTheReportOfAnEarlierSessionWithThePid) {
  SessionLedger ledger(origin);
  auto earlier = report();
  earlier.number = 1;
  ledger.handle(4711, earlier);
  EXPECT_EQ(field(ledger.handle(ended(0)), "YODEL_CLOSE_REASON"), "unreported");
  ledger.handle(4711, earlier);
  ledger.handle(4711, report());
  EXPECT_EQ(field(ledger.handle(ended(0)), "YODEL_BYTES_IN"), "16");
}

TEST(SessionLedger, TakesOneReportFromEachSession) {
  SessionLedger ledger(origin);
  ledger.handle(4711, report());
  auto second = report();
  second.bytes_in = 999;
  ledger.handle(4711, second);
  ledger.handle(4712, second);
  EXPECT_EQ(field(ledger.handle(ended(0)), "YODEL_BYTES_IN"), "16");
}

TEST(SessionLedger, LetsOneReportReplaceThatOfAnEarlierSession) {
  SessionLedger ledger(origin);
  auto earlier = report();
  for (std::uint64_t number = 1; number <= 100; ++number) {
    earlier.number = number;
    EXPECT_EQ(ledger.handle(4711, earlier), number <= 2) << number;
  }
  (void)ledger.handle(ended(0));
  EXPECT_TRUE(ledger.handle(4711, earlier)) << "another process with that pid";
}

// The scoreboard of a dead acceptor.
class Orphans : public ::testing::Test {
 protected:
  void enter(std::uint32_t index, std::uint64_t number, pid_t pid) {
    auto& entry = board().entries()[index];
    entry.pid = pid;
    entry.peer = peer();
    entry.accepted = accepted;
    entry.number = number;
    board().header().used = std::max<std::uint32_t>(board().header().used, index + 1);
  }
  [[nodiscard]] protocol::Scoreboard board() const { return {memory_.bytes(), capacity}; }
  [[nodiscard]] std::size_t used() const {
    const auto entries = board().used_entries();
    return static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(), [](const auto& entry) { return entry.number != 0; }));
  }

  [[nodiscard]] SessionLedger& ledger() { return ledger_; }

 private:
  SessionLedger ledger_{origin};
  static constexpr std::uint32_t capacity = 16;
  posix::SharedMemory memory_ = posix::SharedMemory::create(protocol::Scoreboard::size(capacity));
};

TEST_F(Orphans, HaveARecordEachWithWhatTheAcceptorKnew) {
  enter(0, 42, 4711);
  enter(1, 43, 4712);
  auto sent = report();
  sent.reason = protocol::CloseReason::acceptor_died;
  ledger().handle(4711, sent);
  ledger().take_over(board());
  EXPECT_EQ(board().header().running, 2u);
  EXPECT_FALSE(ledger().take_orphan(1, {}, later)) << "not one of its sessions";

  const auto first = ledger().take_orphan(4711, {.status = 0, .cpu_time = 5us}, later);
  ASSERT_TRUE(first);
  EXPECT_EQ(field(*first, "YODEL_SESSION"), "3-42");
  EXPECT_EQ(field(*first, "YODEL_PEER_PORT"), "60647");
  EXPECT_EQ(field(*first, "YODEL_CLOSE_REASON"), "acceptor-died");
  EXPECT_EQ(field(*first, "YODEL_BYTES_IN"), "16");
  EXPECT_EQ(field(*first, "YODEL_CPU_USEC"), "5");
  EXPECT_EQ(used(), 1u) << "its entry is free";

  const auto second = ledger().take_orphan(4712, {.status = SIGKILL}, later);
  ASSERT_TRUE(second);
  EXPECT_EQ(field(*second, "YODEL_SESSION"), "3-43");
  EXPECT_EQ(field(*second, "YODEL_SIGNAL"), "9");
  EXPECT_EQ(field(*second, "YODEL_DURATION_USEC"), "7000");
  EXPECT_EQ(board().header().running, 0u);
  EXPECT_TRUE(ledger().close(later).empty());
}

TEST_F(Orphans, ThatReportAnotherConnectionAreNotBelieved) {
  enter(0, 42, 4711);
  auto forged = report();
  forged.number = 4711;
  ledger().handle(4711, forged);
  ledger().take_over(board());
  const auto record = ledger().take_orphan(4711, {}, later);
  ASSERT_TRUE(record);
  EXPECT_EQ(field(*record, "YODEL_SESSION"), "3-42");
  EXPECT_EQ(field(*record, "YODEL_CLOSE_REASON"), "unreported");
  EXPECT_EQ(field(*record, "YODEL_BYTES_IN"), "<none>");
}

// The acceptor may be killed at any instruction between the accept and the end of a session.
TEST_F(Orphans, AreAccountedForWhereverTheAcceptorWasKilled) {
  enter(0, 1, 0);     // accepted but not forked
  enter(1, 42, 0);    // forked but the pid not entered: its report names it
  enter(2, 3, 4713);  // reaped but not reported
  enter(3, 4, 4714);  // reported but not freed
  (void)ledger().handle(protocol::Ended{.number = 4, .peer = peer(), .pid = 4714});
  ledger().handle(4712, report());
  ledger().take_over(board());
  const auto unlisted = ledger().take_orphan(4712, {}, later);
  ASSERT_TRUE(unlisted);
  EXPECT_EQ(field(*unlisted, "YODEL_SESSION"), "3-42");
  EXPECT_FALSE(ledger().take_orphan(4714, {}, later)) << "it already has its record";

  const auto rest = ledger().close(later);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(field(rest[0], "YODEL_SESSION"), "3-3");
  EXPECT_EQ(field(rest[0], "YODEL_EXIT_STATUS"), "<none>") << "unknown";
  EXPECT_EQ(field(rest[1], "YODEL_SESSION"), "3-1");
  EXPECT_EQ(field(rest[1], "YODEL_CLOSE_REASON"), "unserved");
  EXPECT_EQ(used(), 0u);
}

TEST_F(Orphans, WithoutAConnectionAreMarkedAsUnverified) {
  ledger().handle(4711, report());
  ledger().take_over(board());
  EXPECT_FALSE(ledger().take_orphan(4711, {}, later));
  const auto rest = ledger().close(later);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(field(rest[0], "YODEL_UNVERIFIED"), "1");
  EXPECT_EQ(field(rest[0], "YODEL_SESSION_PID"), "4711") << "from the kernel";
  for (const char* name : {"YODEL_SESSION", "YODEL_PEER_ADDRESS", "YODEL_PEER_PORT"})
    EXPECT_EQ(field(rest[0], name), "<none>") << "only the session claims it";
}

TEST(SessionLedger, DoesNotGrowWithoutBound) {
  SessionLedger ledger(origin);
  for (pid_t pid = 1; pid < 100'000; ++pid)
    ledger.handle(pid, report());
  EXPECT_EQ(ledger.close(later).size(), SessionLedger::max_waiting);
}

TEST(Records, IdentifyALocalPeerByItsProcess) {
  protocol::Peer local;
  local.pid = 77;
  local.uid = 1000;
  const Record record = records::accepted(origin, {.number = 1, .peer = local});
  EXPECT_EQ(field(record, "MESSAGE"), "accepted connection from unix (pid 77, uid 1000)");
  EXPECT_EQ(record.level(), config::Level::debug);
  EXPECT_EQ(field(record, "YODEL_PEER_PID"), "77");
  EXPECT_EQ(field(record, "YODEL_PEER_UID"), "1000");
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "<none>");
}

TEST(Records, LeaveOutUnknownIdsOfALocalPeer) {
  protocol::Peer local;
  local.pid = protocol::Peer::unknown_pid;
  local.uid = protocol::Peer::unknown_uid;
  const Record record = records::accepted(origin, {.number = 1, .peer = local});
  EXPECT_EQ(field(record, "MESSAGE"), "accepted connection from unix");
  EXPECT_EQ(field(record, "YODEL_PEER_ADDRESS"), "unix");
  EXPECT_EQ(field(record, "YODEL_PEER_PID"), "<none>");
  EXPECT_EQ(field(record, "YODEL_PEER_UID"), "<none>");
}

protocol::Ended forwarded(protocol::Via via) {
  auto end = ended(0);
  end.peer.via = via;
  end.peer.proxy = {.address = {192, 0, 2, 7}, .family = protocol::Family::ipv4};
  return end;
}

TEST(Records, NameTheProxyOfAConnection) {
  auto sent = report();
  sent.tcp.retransmits = 3;
  sent.tcp.handshake_retransmits = 2;
  const auto record = records::session_ended(origin, forwarded(protocol::Via::proxy), sent);
  EXPECT_EQ(field(record, "MESSAGE"),
            "connection from 127.0.0.1:60647 via 192.0.2.7 closed: peer sent exit, 3 messages, 16 "
            "bytes in, 43 out, 3 retransmits to the proxy (2 of the handshake), 2.1 ms");
  EXPECT_EQ(field(record, "YODEL_PEER_ADDRESS"), "127.0.0.1");
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "60647");
  EXPECT_EQ(field(record, "YODEL_PROXY_ADDRESS"), "192.0.2.7");
  EXPECT_EQ(record.level(), config::Level::info);
  EXPECT_EQ(field(records::session_ended(origin, ended(0), sent), "YODEL_PROXY_ADDRESS"), "<none>");
}

// Proxies check every few seconds.
TEST(Records, OfAHealthCheckAreForDebugging) {
  const auto check = forwarded(protocol::Via::health_check);
  const auto record = records::session_ended(origin, check, report());
  EXPECT_EQ(field(record, "MESSAGE"),
            "health check from 127.0.0.1:60647 closed: peer sent exit, 3 messages, 16 bytes in, 43 "
            "out, 2.1 ms");
  EXPECT_EQ(record.level(), config::Level::debug);
  auto crashed = check;
  crashed.wait_status = SIGSEGV;
  EXPECT_EQ(records::session_ended(origin, crashed, std::nullopt).level(), config::Level::warning);
}

TEST(Records, OfEchoCountOnlyBytes) {
  records::Origin echo = origin;
  echo.protocol = protocol::Protocol::echo;
  auto bytes = report();
  bytes.reason = protocol::CloseReason::eof;
  EXPECT_EQ(field(records::session_ended(echo, ended(0), bytes), "MESSAGE"),
            "connection from 127.0.0.1:60647 closed: peer closed its side, 16 bytes in, 43 out, "
            "2.1 ms");
}

}  // namespace
}  // namespace yodel::manager
