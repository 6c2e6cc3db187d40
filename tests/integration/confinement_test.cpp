// A compromised session can do nothing but talk to its own peer. intruder/greet.cpp makes the
// attempts.

#include <cctype>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "protocol/protocol.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* why_skipped = "the confinement forbids what the sanitizers need";

// The header of a proxy.
const std::string proxy_header = "PROXY TCP4 203.0.113.9 198.51.100.7 40112 9999\r\n";

// The real manager, with the intruder in place of its acceptor.
class Intrusion {
 public:
  // With `header`, each connection is that of a proxy, and begins with it.
  explicit Intrusion(std::string header = "") : header_(std::move(header)) {
    fs::copy_file(binary("yodeld"), folder_.path() + "/yodeld");
    fs::copy_file(binary("intruder/yodel-acceptor"), folder_.path() + "/yodel-acceptor");
    daemon_ = std::make_unique<Daemon>(
        Daemon::Setup{.config = std::string("[[listen]]\nport = 0\n") +
                                (header_.empty() ? "" : "proxy_from = ['127.0.0.0/8']\n"),
                      .program = folder_.path() + "/yodeld"});
    connect();
  }

  [[nodiscard]] Daemon& daemon() { return *daemon_; }
  [[nodiscard]] std::string pid() const { return std::to_string(pid_); }

  void begin(const std::string& name) {
    peer_->send("try " + std::to_string(neighbour_pid_) + " " + name + "\n");
  }
  // Has the session make the attempt. Returns its answer, which is empty if it was killed.
  std::string attempt(const std::string& name) {
    begin(name);
    return peer_->receive_some();
  }

  void end_neighbour() {
    neighbour_->send("are you there?\n");
    EXPECT_EQ(neighbour_->receive(14), "are you there?");
    neighbour_->send("exit\n");
    EXPECT_EQ(neighbour_->receive_rest(), "");
    neighbour_.reset();
  }

  // Ends all connections, and expects that nobody else was affected.
  void end() {
    peer_.reset();
    end_neighbour();
    const auto another = begin_session();
    EXPECT_EQ(daemon_->acceptor(), acceptor_) << "the acceptor is still the same";
    another->send("exit\n");
    EXPECT_EQ(another->receive_rest(), "");
    another->end();
    EXPECT_EQ(daemon_->stop().status, 0);
    for (const char* session : {"session=1-1 ", "session=1-2 ", "session=1-3 "}) {
      const auto records = daemon_->records(session);
      ASSERT_EQ(records.size(), 1u) << session;
      EXPECT_EQ(holds(records[0], "close_reason=exit"), !holds(session, "1-2")) << records[0];
    }
    EXPECT_TRUE(daemon_->records("7000000").empty()) << "the manager must not believe it";
  }

 private:
  [[nodiscard]] std::unique_ptr<Connection> begin_session() {
    auto connection = std::make_unique<Connection>(daemon_->address());
    connection->send(header_);
    EXPECT_EQ(connection->receive(7), "welcome");
    return connection;
  }

  // The intruder's connection is the second.
  void connect() {
    acceptor_ = daemon_->acceptor();
    neighbour_ = begin_session();
    neighbour_pid_ = sessions_of(acceptor_, 1).front();
    peer_ = begin_session();
    for (const pid_t pid : sessions_of(acceptor_, 2)) {
      if (pid != neighbour_pid_) pid_ = pid;
    }
  }

  std::string header_;
  TemporaryFolder folder_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<Connection> neighbour_;
  std::unique_ptr<Connection> peer_;
  pid_t acceptor_ = 0;
  pid_t neighbour_pid_ = 0;
  pid_t pid_ = 0;
};

struct Attempt {
  std::string name;
  std::string answer;  // empty: the session is killed
  std::string record;  // what the daemon records, with "PID" for the session's pid
};
void PrintTo(const Attempt& attempt, std::ostream* out) {
  *out << attempt.name;
}

class Intruder : public ::testing::TestWithParam<Attempt> {};

void expect_stopped(Intrusion intrusion, const Attempt& attempt) {
  const auto& [name, answer, record] = attempt;
  EXPECT_EQ(intrusion.attempt(name), answer);
  std::string expected = record;
  if (const auto at = expected.find("PID"); at != std::string::npos) {
    expected.replace(at, 3, intrusion.pid());
  }
  if (!answer.empty()) intrusion.end();
  intrusion.daemon().wait_for_record(expected);
  if (answer.empty()) intrusion.end();
}

TEST_P(Intruder, IsStoppedAndRecorded) {
  if (sanitized) GTEST_SKIP() << why_skipped;
  expect_stopped(Intrusion(), GetParam());
}

TEST_P(Intruder, IsStoppedAndRecordedBehindAProxy) {
  if (sanitized) GTEST_SKIP() << why_skipped;
  expect_stopped(Intrusion(proxy_header), GetParam());
}

std::vector<Attempt> attempts() {
  std::vector<Attempt> all;
  for (const char* name : {"open",
                           "openat",
                           "exec",
                           "socket",
                           "connect",
                           "listen",
                           "accept on another",
                           "ptrace",
                           "kill a neighbour",
                           "kill the acceptor",
                           "kill its process group",
                           "signal the manager",
                           "queue a signal",
                           "map executable memory",
                           "write over code",
                           "read the acceptor's memory",
                           "read a neighbour's memory",
                           "fork",
                           "fork with a guess",
                           "make a thread",
                           "clone3",
                           "new user namespace",
                           "make a pipe",
                           "attach shared memory",
                           "allocate",
                           "raise a limit",
                           "outlive the acceptor",
                           "become dumpable",
                           "ignore signals",
                           "set another option",
                           "set an option of another level",
                           "read another option",
                           "read an option of another socket",
                           "receive a message",
                           "read its address",
                           "read the clock",
                           "send a descriptor",
                           "read the channel",
                           "end the channel",
                           "an event too short",
                           "an event too long"}) {
    all.push_back(
        {name, "",
         "crashed: session process PID killed by signal 31 (SIGSYS) for a forbidden system "
         "call"});
  }
  all.push_back({"outgrow its stack", "", "crashed: session process PID killed by signal 11"});
  all.push_back({"accept", "EBADF", "session_pid=PID "});
  all.push_back({"read the settings", "EBADF", "session_pid=PID "});
  for (const char* name :
       {"an event of no kind", "forge Ready", "forge Draining", "forge SetupFailed",
        "forge Applied", "forge Ended", "forge Unserved", "forge AcceptErrors",
        "report out of range", "figures out of range", "report twice"}) {
    all.push_back({name, "done", "ignored an invalid event record from process PID at "});
  }
  all.push_back({"report as another", "done", "closed: peer closed its side, 1 message"});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Attempts, Intruder, ::testing::ValuesIn(attempts()),
                         [](const auto& attempt) {
                           std::string name;
                           for (const char c : attempt.param.name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                           }
                           return name;
                         });

TEST(IntruderFlood, NeitherStallsTheManagerNorHidesOtherSessions) {
  if (sanitized) GTEST_SKIP() << why_skipped;
  Intrusion intrusion;
  auto& daemon = intrusion.daemon();
  const auto where = daemon.address();
  intrusion.begin("flood");
  constexpr int peers = 200;
  for (int i = 0; i < peers; ++i) {
    Connection peer(where);
    peer.receive(7);
    peer.send("alice\n");
    EXPECT_EQ(peer.receive(5), "alice");
    peer.send("exit\n");
    EXPECT_EQ(peer.receive_rest(), "");
    peer.end();
  }
  daemon.wait_for_record("err: killed session process " + intrusion.pid() + " at " + where);
  daemon.wait_for_record("crashed: session process " + intrusion.pid() + " killed by signal 9");
  intrusion.end_neighbour();
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records("closed: peer sent exit, 1 message, 11 bytes in, 12 out").size(),
            static_cast<std::size_t>(peers));
  EXPECT_TRUE(daemon.records("report was lost").empty());
  EXPECT_TRUE(daemon.records("may lack a record").empty());
}

TEST(Confinement, AppliesToTheAcceptorAndItsSessions) {
  Daemon daemon;
  Connection peer(daemon.address());
  peer.receive(7);
  const auto acceptor = daemon.acceptor();
  for (const pid_t pid : {acceptor, sessions_of(acceptor, 1).front()}) {
    EXPECT_EQ(status_of(pid, "NoNewPrivs"), "1");
    if (sanitized) continue;
    EXPECT_EQ(status_of(pid, "Seccomp"), "2") << "2 is a filter, proc(5)";
    EXPECT_EQ(limits_of(pid, "Max open files"), "8 8");
    EXPECT_EQ(limits_of(pid, "Max core file size"), "0 0");
    EXPECT_EQ(limits_of(pid, "Max file size"), "0 0");
    EXPECT_EQ(limits_of(pid, "Max stack size"), "262144 262144");
  }
}

// The filter of each protocol allows a complete conversation.
TEST(Confinement, AllowsWhatASessionOfEachProtocolNeeds) {
  std::string config;
  for (const auto protocol : protocol::all_protocols)
    config += "[[listen]]\nport = 0\nprotocol = '" + std::string(name(protocol)) + "'\n";
  Daemon daemon(config);
  for (std::size_t i = 0; i < protocol::all_protocols.size(); ++i) {
    const std::string protocol(name(protocol::all_protocols[i]));
    Connection peer(daemon.address(i));
    peer.send("a line\n");
    peer.end();
    EXPECT_NE(peer.receive_rest().find("line"), std::string::npos) << protocol;
    const auto record = daemon.wait_for_record("protocol=" + protocol + " session_pid=");
    EXPECT_NE(record.find("close_reason=eof"), std::string::npos) << record;
  }
}

TEST(Confinement, KeepsProcessesOfTheSameUserFromInspectingIt) {
  if (sanitized) GTEST_SKIP() << why_skipped;
  if (::geteuid() != 0) GTEST_SKIP() << "only root can see who owns the files of a process";
  const TemporaryFolder folder;
  const auto config = folder.write("yodeld.toml", "[[listen]]\nport = 0\n");
  Program daemon(unprivileged_daemon({"--config", config}, folder));
  daemon.wait_for_errors("is ready");
  for (const pid_t pid : children_of(daemon.pid())) {
    struct stat status {};
    ASSERT_EQ(::stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &status), 0);
    // The files of a process that is not dumpable belong to root, proc(5).
    EXPECT_EQ(status.st_uid == 0, name_of(pid) == "yodel-acceptor") << name_of(pid);
  }
}

bool kernel_has_landlock() {
  constexpr long create_ruleset = 444;  // landlock(7)
  constexpr int ask_for_version = 1;
  return ::syscall(create_ruleset, nullptr, std::size_t{0}, ask_for_version) >= 1;
}

TEST(Confinement, IsCompleteBeforeTheFirstAccept) {
  if (sanitized) GTEST_SKIP() << why_skipped;
  const TemporaryFolder folder;
  const auto trace = folder.path() + "/trace";
  Daemon daemon({.program = "/usr/bin/strace",
                 .arguments_before = {"-f", "-qq", "-o", trace, "-e",
                                      "trace=accept4,prctl,landlock_restrict_self,seccomp",
                                      binary("yodeld")}});
  Connection peer(daemon.address());
  peer.receive(7);
  peer.send("exit\n");
  peer.receive_rest();
  peer.end();
  ::kill(children_of(daemon.program().pid()).front(), SIGTERM);
  daemon.program().wait();
  const std::string text = read_file(trace);
  std::size_t at = 0;
  for (const std::string step :
       {"prctl(PR_SET_NO_NEW_PRIVS, 1", "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE",
        "landlock_restrict_self(", "seccomp(SECCOMP_SET_MODE_FILTER", "accept4(4"}) {
    if (step.starts_with("landlock") && !kernel_has_landlock()) continue;
    at = text.find(step, at);
    ASSERT_NE(at, std::string::npos) << step << " in\n" << text;
    const auto result = text.find(" = ", at);
    EXPECT_NE(text.substr(result, 4), " = -") << step;
  }
}

}  // namespace
}  // namespace yodel::tests
