// One record for each session, with all that is known.

#include "manager/supervisor/session_ledger.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "log/record.hpp"
#include "manager/supervisor/records.hpp"
#include "tests/unit/daemon/manager/record_field.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

using log::Record;
using tests::field;

const records::Origin origin{
    .acceptor = 3, .listener = "127.0.0.1:9999", .protocol = protocol::Protocol::greet};

protocol::Peer peer() {
  auto endpoint = *protocol::parse_endpoint("127.0.0.1");
  endpoint.port = 60647;
  return protocol::peer_from(to_socket_address(endpoint, 0));
}

protocol::Report report() {
  return {.number = 42,
          .peer = peer(),
          .messages = 3,
          .bytes_in = 16,
          .bytes_out = 43,
          .duration = 2104us,
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
  ledger.take(4711, report());
  const Record record = ledger.take(ended(0));
  EXPECT_EQ(record.level(), config::Level::info);
  EXPECT_EQ(field(record, "MESSAGE"),
            "connection from 127.0.0.1:60647 closed: peer sent exit, 3 messages, 16 bytes in, 43 "
            "out, 2.104 ms");
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
  EXPECT_TRUE(ledger.close().empty());
}

TEST(SessionLedger, TellsACrash) {
  SessionLedger ledger(origin);
  const Record record = ledger.take(ended(SIGSEGV));
  EXPECT_EQ(record.level(), config::Level::warning);
  EXPECT_EQ(field(record, "MESSAGE"),
            "connection from 127.0.0.1:60647 crashed: session process 4711 killed by signal 11 "
            "(SIGSEGV), 2.200 ms");
  EXPECT_EQ(field(record, "YODEL_CLOSE_REASON"), "crashed");
  EXPECT_EQ(field(record, "YODEL_SIGNAL"), "11");
  EXPECT_EQ(field(record, "YODEL_BYTES_IN"), "<none>");
}

TEST(SessionLedger, SaysSoWhenAReportWasLost) {
  SessionLedger ledger(origin);
  const Record record = ledger.take(ended(protocol::exit_unreported << 8));
  EXPECT_EQ(record.level(), config::Level::info);
  EXPECT_EQ(field(record, "YODEL_CLOSE_REASON"), "unreported");
  EXPECT_EQ(field(record, "YODEL_EXIT_STATUS"), "3");
}

TEST(SessionLedger, BelievesTheAcceptorWhoThePeerWas) {
  SessionLedger ledger(origin);
  auto lie = report();
  lie.peer.port = 1;
  ledger.take(4711, lie);
  const Record record = ledger.take(ended(0));
  EXPECT_EQ(field(record, "YODEL_SESSION"), "3-42");
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "60647");
}

TEST(SessionLedger, TakesNoReportOfAnEarlierSessionOfThePid) {
  SessionLedger ledger(origin);
  auto earlier = report();
  earlier.number = 1;
  ledger.take(4711, earlier);
  EXPECT_EQ(field(ledger.take(ended(0)), "YODEL_CLOSE_REASON"), "unreported");
  ledger.take(4711, earlier);
  ledger.take(4711, report());
  EXPECT_EQ(field(ledger.take(ended(0)), "YODEL_BYTES_IN"), "16");
}

TEST(SessionLedger, ASessionSpeaksOnceAndForItself) {
  SessionLedger ledger(origin);
  ledger.take(4711, report());
  auto second = report();
  second.bytes_in = 999;
  ledger.take(4711, second);
  ledger.take(4712, second);
  EXPECT_EQ(field(ledger.take(ended(0)), "YODEL_BYTES_IN"), "16");
}

TEST(SessionLedger, AccountsForSessionsThatOutliveTheirAcceptor) {
  SessionLedger ledger(origin);
  auto orphan = report();
  orphan.reason = protocol::CloseReason::acceptor_died;
  ledger.take(4711, orphan);
  ledger.take(4712, orphan);
  EXPECT_FALSE(ledger.take_orphan(1, {}));
  const auto record = ledger.take_orphan(4711, {.status = 0, .cpu_time = 5us});
  ASSERT_TRUE(record);
  EXPECT_EQ(field(*record, "YODEL_CLOSE_REASON"), "acceptor-died");
  EXPECT_EQ(field(*record, "YODEL_CPU_USEC"), "5");
  const auto rest = ledger.close();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(field(rest[0], "YODEL_SESSION_PID"), "4712");
}

TEST(SessionLedger, DoesNotGrowWithoutBound) {
  SessionLedger ledger(origin);
  for (pid_t pid = 1; pid < 100'000; ++pid)
    ledger.take(pid, report());
  EXPECT_EQ(ledger.close().size(), SessionLedger::most_waiting);
}

TEST(Records, TellALocalPeerByItsProcess) {
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

TEST(Records, LeaveOutWhatIsNotKnownOfALocalPeer) {
  protocol::Peer local;
  local.pid = protocol::Peer::unknown_pid;
  local.uid = protocol::Peer::unknown_uid;
  const Record record = records::accepted(origin, {.number = 1, .peer = local});
  EXPECT_EQ(field(record, "MESSAGE"), "accepted connection from unix");
  EXPECT_EQ(field(record, "YODEL_PEER_ADDRESS"), "unix");
  EXPECT_EQ(field(record, "YODEL_PEER_PID"), "<none>");
  EXPECT_EQ(field(record, "YODEL_PEER_UID"), "<none>");
}

TEST(Records, OfEchoCountBytesOnly) {
  records::Origin echo = origin;
  echo.protocol = protocol::Protocol::echo;
  auto bytes = report();
  bytes.reason = protocol::CloseReason::eof;
  EXPECT_EQ(field(records::session_ended(echo, 1, bytes, std::nullopt), "MESSAGE"),
            "connection from 127.0.0.1:60647 closed: peer closed its side, 16 bytes in, 43 out, "
            "2.104 ms");
}

}  // namespace
}  // namespace yodel::manager
