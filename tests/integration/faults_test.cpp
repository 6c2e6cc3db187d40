// Makes every system call of the daemon's processes fail in turn, with each of its documented
// errors, while peers connect and a reload is requested: nothing crashes, no reply is wrong,
// nothing leaks, and the service works as before once the fault is gone. strace(1) injects the
// faults.

#include <algorithm>
#include <csignal>
#include <exception>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

// Whose calls fail. An acceptor and its sessions fail together.
enum class Where : std::uint8_t { manager, log_writer, acceptor_and_sessions };

struct Fault {
  Where where;
  std::string call;
  std::string error;
  std::string when;  // FIRST+STEP, strace(1), counted in each process
};
void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.call << " " << fault.error << " " << fault.when;
}

struct Calls {
  Where where;
  std::string call;
  std::vector<std::string> errors;
  std::string when = "1+3";
};

// The calls that these processes make once they are running, and the errors of their manual pages.
// close(2) is left out: it closes the descriptor even when it fails, but strace(1) would prevent
// the call.
const std::vector<Calls>& all_calls() {
  static const std::vector<Calls> all{
      {Where::acceptor_and_sessions,
       "accept4",
       {"EAGAIN", "ECONNABORTED", "EINTR", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EPROTO",
        "EPERM"}},
      {Where::acceptor_and_sessions, "clone", {"EAGAIN", "ENOMEM"}},
      {Where::acceptor_and_sessions, "ppoll", {"EINTR", "ENOMEM", "EINVAL"}},
      {Where::acceptor_and_sessions, "rt_sigtimedwait", {"EAGAIN", "EINTR"}},
      {Where::acceptor_and_sessions, "wait4", {"ECHILD", "EINTR"}, "1+2"},
      {Where::acceptor_and_sessions,
       "sendto",
       {"EAGAIN", "ECONNRESET", "EINTR", "ENOBUFS", "ENOMEM", "EPIPE"},
       "2+3"},
      {Where::acceptor_and_sessions,
       "recvfrom",
       {"EAGAIN", "ECONNREFUSED", "ECONNRESET", "EINTR", "ENOMEM", "ETIMEDOUT"},
       "2+3"},
      {Where::acceptor_and_sessions, "setsockopt", {"ENOMEM", "EINVAL", "ENOPROTOOPT"}},
      {Where::acceptor_and_sessions, "prctl", {"EINVAL", "EPERM"}},
      {Where::acceptor_and_sessions, "rt_sigprocmask", {"EINVAL"}},
      {Where::acceptor_and_sessions, "setitimer", {"EINVAL"}},
      {Where::acceptor_and_sessions, "shutdown", {"ENOTCONN", "EINVAL"}},
      {Where::acceptor_and_sessions, "pipe2", {"EMFILE", "ENFILE"}},
      {Where::acceptor_and_sessions, "fcntl", {"EPERM", "EBUSY", "ENOMEM"}},
      {Where::acceptor_and_sessions, "splice", {"EAGAIN", "EINVAL", "ENOMEM", "EINTR"}},
      {Where::acceptor_and_sessions, "clock_gettime", {"EINVAL"}},
      {Where::manager, "ppoll", {"EINTR", "ENOMEM"}},
      {Where::manager, "recvmsg", {"EAGAIN", "EINTR", "ENOMEM", "ENOBUFS"}},
      {Where::manager, "sendmsg", {"EAGAIN", "EINTR", "ENOBUFS", "ENOMEM", "EPIPE"}},
      {Where::manager, "sendto", {"EAGAIN", "ENOBUFS", "EPIPE"}},
      {Where::manager, "rt_sigtimedwait", {"EAGAIN", "EINTR"}},
      {Where::manager, "wait4", {"ECHILD", "EINTR"}, "1+2"},
      {Where::manager, "kill", {"EPERM", "ESRCH"}},
      {Where::manager, "openat", {"EACCES", "EMFILE", "ENFILE", "ENOENT", "ENOMEM"}},
      {Where::manager, "read", {"EIO", "EISDIR", "EINTR"}},
      {Where::manager, "write", {"EIO", "ENOSPC"}},
      {Where::manager, "socketpair", {"EMFILE", "ENFILE", "ENOMEM"}},
      {Where::manager, "socket", {"EMFILE", "ENFILE", "ENOBUFS", "EACCES"}},
      {Where::manager, "bind", {"EACCES", "EADDRINUSE", "EADDRNOTAVAIL"}},
      {Where::manager, "listen", {"EADDRINUSE"}},
      {Where::manager, "getsockname", {"ENOBUFS"}},
      {Where::manager, "setsockopt", {"EINVAL", "ENOMEM"}},
      {Where::manager, "fcntl", {"EMFILE", "EINVAL"}},
      {Where::manager, "clone3", {"EAGAIN", "ENOMEM", "ENOSYS"}},
      {Where::log_writer,
       "write",
       {"EAGAIN", "EDQUOT", "EFBIG", "EINTR", "EIO", "ENOSPC", "EPIPE"}},
      {Where::log_writer, "read", {"EINTR", "EIO"}, "2+5"},
  };
  return all;
}

std::vector<Fault> all_faults() {
  std::vector<Fault> faults;
  for (const auto& [where, call, errors, when] : all_calls()) {
    // The sanitizers call write(2) themselves, to find out whether memory is readable.
    if (sanitized && where == Where::manager && call == "write") continue;
    for (const auto& error : errors)
      faults.push_back({where, call, error, when});
  }
  return faults;
}

constexpr const char* file =
    "[[listen]]\nport = 0\n[[listen]]\nport = 0\nprotocol = 'echo'\n"
    "[limits]\nsession_timeout = '5s'\nidle_timeout = '2s'\n";
// A reload to this file also binds another socket, and replaces the acceptors by ones with more
// room.
constexpr const char* other_file =
    "[[listen]]\nport = 0\n[[listen]]\nport = 0\nprotocol = 'echo'\n[[listen]]\naddress = "
    "'127.0.0.2'\nport = 0\n[limits]\nsessions = 2000\nsession_timeout = '5s'\nidle_timeout = "
    "'2s'\n";

// Injects a fault into a running process, by strace(1), until end().
class Injection {
 public:
  // Writes strace's output to `trace`.
  Injection(pid_t pid, const Fault& fault, std::string trace)
      : pid_(pid),
        has_sessions_(fault.where == Where::acceptor_and_sessions),
        trace_(std::move(trace)) {
    // strace makes another call in place of the one that fails: one that the filter allows.
    Command command{.path = "/usr/bin/strace",
                    .arguments = {"-o", trace_, "-p", std::to_string(pid), "-e",
                                  "inject=" + fault.call + ":error=" + fault.error +
                                      ":when=" + fault.when + ":syscall=getppid"}};
    // Follow the sessions that an acceptor forks, but not the processes that the manager starts.
    if (has_sessions_) command.arguments.emplace_back("-f");
    strace_.emplace(command);
    strace_->wait_for_errors("Process " + std::to_string(pid) + " attached");
  }
  // Stops the process before strace detaches. If strace detached between the entry and the exit of
  // a call, the call would seem to succeed with the result of its replacement, the parent's pid: a
  // read would return that many bytes and have read none. A stopped process is in no call.
  void end() {
    if (has_sessions_) {
      wait_until("the sessions' ends", [this] { return children_of(pid_).empty(); });
    }
    ::kill(pid_, SIGSTOP);
    wait_until("the end of a call", [this] {
      return !is_running(pid_) || holds(read_file(trace_), "--- stopped by SIGSTOP ---");
    });
    strace_->signal(SIGINT);  // makes it detach
    strace_->wait();
    ::kill(pid_, SIGCONT);
  }
  ~Injection() = default;
  Injection(const Injection&) = delete;
  Injection& operator=(const Injection&) = delete;
  Injection(Injection&&) = delete;
  Injection& operator=(Injection&&) = delete;

 private:
  pid_t pid_;
  bool has_sessions_;
  std::string trace_;
  std::optional<Program> strace_;
};

// Holds a conversation, which a fault may cut short, and expects that all replies before that are
// right. Returns whether it was complete.
bool converse(const std::string& where, std::string_view says, std::string_view expected) {
  std::string got;
  try {
    Connection peer(where);
    peer.send(says);
    peer.end();
    for (;;) {
      const auto some = peer.receive_some();
      if (some.empty()) break;
      got += some;
    }
  } catch (const std::system_error&) {
    // Refused or reset.
  }
  EXPECT_TRUE(expected.starts_with(got)) << "got '" << got.substr(0, 200) << "'";
  return got == expected;
}

bool greet(const std::string& where) {
  return converse(where, "alice\nbob\nexit\n", "welcomehello, alice!\nhello, bob!\n");
}

bool echo(const std::string& where) {
  static const std::string bulk(300'000, 'x');
  return converse(where, bulk, bulk);
}

// The resources in use, which must be the same before and after.
struct Resources {
  std::size_t of_manager = 0;               // descriptors
  std::vector<std::size_t> of_acceptors{};  // descriptors of each
  std::size_t processes = 0;
  friend bool operator==(const Resources&, const Resources&) = default;
};
Resources resources_of(Daemon& daemon) {
  Resources resources{.of_manager = descriptors_of(daemon.program().pid()).size()};
  for (const pid_t child : children_of(daemon.program().pid())) {
    ++resources.processes;
    if (name_of(child) != "yodel-acceptor") continue;
    resources.of_acceptors.push_back(descriptors_of(child).size());
    resources.processes += children_of(child).size();
  }
  return resources;
}

// Waits as wait_until() does. On a failure, shows what the daemon has logged.
void expect_in_time(Daemon& daemon, const std::string& what,
                    const std::function<bool()>& condition) {
  try {
    wait_until(what, condition);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "; the daemon's log:\n" << daemon.program().errors();
  }
}

// Returns whether the fault loses records, which another record must report.
bool loses_records(const Fault& fault) {
  return fault.where == Where::log_writer && fault.call == "write" && fault.error != "EAGAIN" &&
         fault.error != "EINTR";
}

class SystemCallFails : public ::testing::TestWithParam<Fault> {};

TEST_P(SystemCallFails, AndTheServiceRecovers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may trace confined processes";
  const auto& fault = GetParam();
  Daemon daemon(file);
  const pid_t manager = daemon.program().pid();
  const auto greets = daemon.address(0);
  const auto echoes = daemon.address(1);
  const auto is_served = [&] { return greet(greets) && echo(echoes); };
  ASSERT_TRUE(is_served());
  wait_until("the sessions' ends", [&] { return resources_of(daemon).processes == 3; });
  const auto before = resources_of(daemon);

  std::vector<std::string> traces;
  std::vector<pid_t> traced;
  switch (fault.where) {
    case Where::manager: traced = {manager}; break;
    case Where::log_writer: traced = {child_of(manager, "yodeld-log")}; break;
    case Where::acceptor_and_sessions:
      traced = {daemon.acceptor_at(greets), daemon.acceptor_at(echoes)};
      break;
  }
  {
    std::vector<std::unique_ptr<Injection>> injections;
    for (const pid_t pid : traced) {
      traces.push_back(daemon.folder().path() + "/" + std::to_string(pid));
      injections.push_back(std::make_unique<Injection>(pid, fault, traces.back()));
    }
    daemon.folder().write("yodeld.toml", other_file);
    const auto has_failed = [&] {
      return std::any_of(traces.begin(), traces.end(),
                         [](const auto& trace) { return holds(read_file(trace), "(INJECTED)"); });
    };
    int rounds = 0;
    wait_until("the call, which fails", [&] {
      greet(greets);
      echo(echoes);
      if (rounds == 1 && fault.where == Where::manager) daemon.program().signal(SIGHUP);
      return ++rounds >= 4 && has_failed();
    });
    for (auto& injection : injections)
      injection->end();
  }

  expect_in_time(daemon, "the service as before", is_served);
  EXPECT_TRUE(is_running(manager));
  // Another reload restores everything, whether or not the first one succeeded.
  daemon.reload(file);
  expect_in_time(daemon, "the service as before", is_served);
  expect_in_time(daemon, "the same resources as before",
                 [&] { return resources_of(daemon) == before; });
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_TRUE(daemon.records(" crashed: session process").empty());
  if (loses_records(fault)) {
    EXPECT_FALSE(daemon.records(" could not be written and ").empty());
  }
  // The headings of sanitizer reports. They cannot look for leaks in a traced process, which does
  // not matter.
  for (const char* finding : {"ERROR: ", "runtime error: "})
    EXPECT_TRUE(daemon.records(finding).empty()) << daemon.program().errors();
}

std::string name_of_test(const ::testing::TestParamInfo<Fault>& test) {
  const Fault& fault = test.param;
  const char* where = "";
  switch (fault.where) {
    case Where::manager: where = "Manager_"; break;
    case Where::log_writer: where = "LogWriter_"; break;
    case Where::acceptor_and_sessions: where = "Acceptor_"; break;
  }
  return where + fault.call + "_" + fault.error;
}

INSTANTIATE_TEST_SUITE_P(Faults, SystemCallFails, ::testing::ValuesIn(all_faults()), name_of_test);

}  // namespace
}  // namespace yodel::tests
