// What the manager is made of, without a process: policy, bookkeeping, records, capacity, options.

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <variant>

#include "config/load.hpp"
#include "manager/capacity.hpp"
#include "manager/exit_status.hpp"
#include "manager/generation.hpp"
#include "manager/listener.hpp"
#include "manager/options.hpp"
#include "manager/records.hpp"
#include "manager/restart_policy.hpp"
#include "manager/session_ledger.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

// The value of a field; "<none>" where the record has none of that name.
std::string field(const Record& record, std::string_view name) {
  for (const auto& text : record.fields()) {
    if (text.starts_with(std::string(name) + "=")) return text.substr(name.size() + 1);
  }
  return "<none>";
}

// --- restarts ---

TEST(RestartPolicy, AnswersTheFirstDeathAtOnce) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  policy.started(now);
  EXPECT_EQ(policy.died(now + 1s), now + 1s);
}

TEST(RestartPolicy, BacksOffAndGivesUp) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  auto last = 0ns;
  for (int i = 1; i <= RestartPolicy::most_deaths; ++i) {
    policy.started(now);
    const auto again = policy.died(now);
    ASSERT_TRUE(again) << i;
    EXPECT_GE(*again - now, last);
    EXPECT_LE(*again - now, RestartPolicy::longest_delay);
    last = *again - now;
  }
  EXPECT_EQ(last, RestartPolicy::longest_delay);
  policy.started(now);
  EXPECT_FALSE(policy.died(now));
}

TEST(RestartPolicy, ForgivesWhatLivedLong) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  for (int i = 0; i < 100; ++i) {
    policy.started(now);
    const auto died = now + RestartPolicy::forgiven_after;
    EXPECT_EQ(policy.died(died), died);
  }
}

// --- records of sessions ---

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
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "<none>");
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

TEST(Records, NameThePlaceInTheFile) {
  const Record record = records::diagnostic(
      "y.toml", {.where = {7, 8}, .severity = config::Severity::error, .text = "wrong"});
  EXPECT_EQ(field(record, "MESSAGE"), "y.toml:7:8: error: wrong");
  EXPECT_EQ(field(record, "YODEL_CONFIG_LINE"), "7");
  EXPECT_EQ(field(record, "PRIORITY"), "3");
}

// --- capacity ---

config::Loaded loaded(std::string_view text) {
  return *config::parse(text);
}

TEST(Capacity, IsSilentWhereAllFits) {
  const Machine large{.somaxconn = 4096,
                      .user_processes = 100'000,
                      .pid_max = 4'194'304,
                      .threads_max = 100'000,
                      .cgroup_tasks = 100'000,
                      .memory = std::uint64_t{24} << 30};
  EXPECT_TRUE(check_capacity(loaded(""), large).empty());
  EXPECT_TRUE(check_capacity(loaded("limits.sessions = 100000"), Machine{}).empty())
      << "what is not known is not held against anyone";
}

TEST(Capacity, NamesEachLimitAndThePlaceInTheFile) {
  const auto file = loaded("[[listen]]\nbacklog = 5000\n[limits]\nsessions = 2000\n");
  const Machine small{.somaxconn = 4096,
                      .user_processes = 1000,
                      .pid_max = 2002,
                      .threads_max = 1001,
                      .cgroup_tasks = 500,
                      .memory = std::uint64_t{100} << 20};
  const auto warnings = check_capacity(file, small);
  const auto said = [&](std::string_view word, std::uint32_t line) {
    return std::any_of(warnings.begin(), warnings.end(), [&](const config::Diagnostic& w) {
      return w.severity == config::Severity::warning && w.where.line == line &&
             w.text.find(word) != std::string::npos;
    });
  };
  EXPECT_EQ(warnings.size(), 6u);
  EXPECT_TRUE(said("backlog = 5000 at 127.0.0.1:9999: the kernel allows 4096", 2));
  EXPECT_TRUE(said("needs 2003 processes: RLIMIT_NPROC allows 1000", 4));
  EXPECT_TRUE(said("kernel.pid_max allows 2002", 4));
  EXPECT_TRUE(said("kernel.threads-max allows 1001", 4));
  EXPECT_TRUE(said("pids.max of the cgroup allows 500", 4));
  EXPECT_TRUE(said("195 MiB of memory", 4));
}

TEST(Capacity, SaysWhatToRaiseEachLimitTo) {
  const auto said = [](std::string_view text, const Machine& machine) {
    const auto warnings = check_capacity(loaded(text), machine);
    return warnings.size() == 1 ? warnings[0].text.substr(warnings[0].text.find("allows")) : "";
  };
  const auto* const many = "limits.sessions = 100000";
  EXPECT_EQ(said(many, {.pid_max = 32768}), "allows 32768; raise it: sysctl kernel.pid_max=131072");
  EXPECT_EQ(said(many, {.threads_max = 65536}),
            "allows 65536; raise it: sysctl kernel.threads-max=131072");
  EXPECT_EQ(said(many, {.user_processes = 4096}),
            "allows 4096; raise it: LimitNPROC= of the unit, or ulimit -u");
  EXPECT_EQ(said(many, {.cgroup_tasks = 4915}),
            "allows 4915; raise it: TasksMax= of the unit or slice");
  EXPECT_EQ(said("[[listen]]\nbacklog = 5000", {.somaxconn = 4096}),
            "allows 4096, net.core.somaxconn; raise it: sysctl net.core.somaxconn=5000");
  // What the limit is raised to leaves room for the machine's other processes.
  EXPECT_EQ(said("limits.sessions = 131000", {.pid_max = 32768}),
            "allows 32768; raise it: sysctl kernel.pid_max=262144");
  EXPECT_EQ(said("limits.sessions = 4194304", {.pid_max = 4194304}), "allows 4194304")
      << "no kernel has more";
}

TEST(Capacity, CountsEveryListener) {
  const auto file = loaded("[[listen]]\n[[listen]]\nport = 1\n");
  EXPECT_EQ(check_capacity(file, {.pid_max = 2003}).size(), 1u);
  EXPECT_EQ(check_capacity(file, {.pid_max = 2004}).size(), 0u);
}

TEST(Capacity, ReadsThisMachine) {
  const Machine machine = this_machine();
  ASSERT_TRUE(machine.memory);
  EXPECT_GT(*machine.memory, 1u << 20);
}

// --- the command line ---

std::variant<Options, Answer> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "yodeld");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, HaveTheirDefaults) {
  const auto options = std::get<Options>(parse({}));
  EXPECT_EQ(options.action, Options::Action::serve);
  EXPECT_EQ(options.config, "/etc/yodel/yodeld.toml");
  EXPECT_FALSE(options.config_was_given);
}

TEST(Options, AreRead) {
  const auto check = std::get<Options>(parse({"--check", "--config", "a.toml"}));
  EXPECT_EQ(check.action, Options::Action::check);
  EXPECT_EQ(check.config, "a.toml");
  EXPECT_TRUE(check.config_was_given);
  EXPECT_EQ(std::get<Options>(parse({"--print-config"})).action, Options::Action::print_config);
}

TEST(Options, ReloadNamesAProcess) {
  const auto options = std::get<Options>(parse({"--reload", "4711"}));
  EXPECT_EQ(options.action, Options::Action::reload);
  EXPECT_EQ(options.daemon, 4711);
}

TEST(Options, PrintSocketUnitIsRead) {
  const auto options = std::get<Options>(parse({"--print-socket-unit", "-c", "a.toml"}));
  EXPECT_EQ(options.action, Options::Action::print_socket_unit);
  EXPECT_EQ(options.config, "a.toml");
}

TEST(Options, HelpAndVersionAreAnswered) {
  EXPECT_NE(std::get<Answer>(parse({"--help"})).text.find("--print-config"), std::string::npos);
  EXPECT_EQ(std::get<Answer>(parse({"--version"})).text, "yodeld " YODEL_VERSION "\n");
  EXPECT_EQ(std::get<Answer>(parse({"--version"})).status, ExitStatus::ok);
}

TEST(Options, WrongOnesAreUsageErrors) {
  for (const auto& wrong :
       std::vector<std::vector<const char*>>{{"--nonsense"},
                                             {"file"},
                                             {"--config"},
                                             {"--check", "--print-config"},
                                             {"--check", "--print-socket-unit"},
                                             {"--print-config", "--print-socket-unit"},
                                             {"--reload", "1", "--check"},
                                             {"--reload", "1", "--print-socket-unit"},
                                             {"--reload"},
                                             {"--reload", "0"},
                                             {"--reload", "-1"},
                                             {"--reload", "4194305"},
                                             {"--reload", "1x"},
                                             {"--reload", "yodeld"}}) {
    const auto options = parse(wrong);
    ASSERT_TRUE(std::holds_alternative<Answer>(options)) << ::testing::PrintToString(wrong);
    const auto answer = std::get<Answer>(options);
    EXPECT_EQ(answer.status, ExitStatus::usage);
    EXPECT_NE(answer.text.find("yodeld --help"), std::string::npos);
  }
}

// --- listeners ---

config::Listen listen_at(const std::string& address) {
  config::Listen listen;
  listen.endpoint = *protocol::parse_endpoint(address);
  return listen;
}

ExitStatus status_of_binding(const config::Listen& listen) {
  try {
    const auto listener = Listener::bind(listen);
    return ExitStatus::ok;
  } catch (const StartError& error) {
    return error.status();
  }
}

TEST(Listener, TellsThePortThatTheKernelChose) {
  const auto listener = Listener::bind(listen_at("127.0.0.1"));
  EXPECT_EQ(listener.text().find("127.0.0.1:"), 0u);
  EXPECT_NE(listener.text(), "127.0.0.1:0");
  EXPECT_NE(listener.bound().port, 0);
}

TEST(Listener, TellsItsErrorsApart) {
  const auto taken = Listener::bind(listen_at("127.0.0.1"));
  auto same = listen_at("127.0.0.1");
  same.endpoint.port =
      static_cast<std::uint16_t>(std::stoi(taken.text().substr(taken.text().find(':') + 1)));
  EXPECT_EQ(status_of_binding(same), ExitStatus::unavailable);
  EXPECT_EQ(status_of_binding(listen_at("192.0.2.1")), ExitStatus::unavailable);
  EXPECT_EQ(status_of_binding(listen_at("fe80::1%nosuchif")), ExitStatus::unavailable);
  EXPECT_EQ(status_of_binding(listen_at("unix:/no/such/folder/echo")), ExitStatus::os_error);
}

struct UnixListener : ::testing::Test {
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "yodel-listener-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    path = folder + "/echo";
  }
  void TearDown() override {
    ::unlink(path.c_str());
    ::rmdir(path.substr(0, path.rfind('/')).c_str());
  }
  [[nodiscard]] bool exists() const { return ::access(path.c_str(), F_OK) == 0; }

  std::string path;
};

TEST_F(UnixListener, RemovesItsFile) {
  {
    const auto listener = Listener::bind(listen_at("unix:" + path));
    EXPECT_TRUE(exists());
  }
  EXPECT_FALSE(exists());
}

TEST_F(UnixListener, ReplacesAFileThatNobodyListensAt) {
  const posix::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = to_socket_address(*protocol::parse_endpoint("unix:" + path), 0);
  ASSERT_EQ(::bind(socket.get(), address.get(), address.size), 0);
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::ok);
}

TEST_F(UnixListener, DoesNotTakeAnAddressInUse) {
  const auto first = Listener::bind(listen_at("unix:" + path));
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::unavailable);
  EXPECT_TRUE(exists());
}

TEST_F(UnixListener, DoesNotReplaceAFileThatIsNoSocket) {
  ASSERT_EQ(::symlink("/dev/null", path.c_str()), 0);
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::unavailable);
  EXPECT_TRUE(exists());
}

// --- generations ---

TEST(Generation, KeepsTheSocketsThatStay) {
  PassedSockets none;
  std::uint64_t next_id = 1;
  const auto first =
      prepare(loaded("[[listen]]\nport = 0\n[[listen]]\naddress = '::1'\nport = 0\n").settings,
              nullptr, none, next_id);
  const auto second =
      prepare(loaded("[[listen]]\nport = 0\nprotocol = 'echo'\n[[listen]]\nport = 0\n").settings,
              &first, none, next_id);
  EXPECT_EQ(second.slots[0].listener, first.slots[0].listener);
  EXPECT_NE(second.slots[1].listener, first.slots[0].listener) << "a socket is given once";
  EXPECT_NE(second.slots[1].listener, first.slots[1].listener);
  EXPECT_EQ(second.slots[0].launch.protocol, protocol::Protocol::echo);
  EXPECT_EQ(second.slots[1].id, 4u);
}

TEST(Generation, TellsTheAcceptorWhatNobodyWillLog) {
  const auto reporting = [](const char* level) {
    const auto settings = loaded(std::string("log.level = '") + level + "'").settings;
    return make_launch(settings, settings.listeners[0]).reporting;
  };
  EXPECT_TRUE(reporting("debug").accepted);
  EXPECT_FALSE(reporting("info").accepted);
  EXPECT_TRUE(reporting("info").sessions);
  EXPECT_FALSE(reporting("notice").sessions);
}

}  // namespace
}  // namespace yodel::manager
