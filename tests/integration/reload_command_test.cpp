// yodeld --reload: requests a reload and learns the outcome.

#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

std::string with_welcome(const std::string& welcome) {
  return "[[listen]]\nport = 0\n[greet]\nwelcome = '" + welcome + "'\n";
}

Command reload_of(pid_t pid) {
  return {.path = binary("yodeld"), .arguments = {"--reload", std::to_string(pid)}};
}

// Suspends the daemon with SIGSTOP, so that a request certainly waits.
class Paused {
 public:
  explicit Paused(pid_t pid) : pid_(pid) { ::kill(pid_, SIGSTOP); }
  Paused(const Paused&) = delete;
  Paused& operator=(const Paused&) = delete;
  Paused(Paused&&) = delete;
  Paused& operator=(Paused&&) = delete;
  ~Paused() { ::kill(pid_, SIGCONT); }

  void wait_for_request() const {
    wait_until("the request", [&] { return is_pending(pid_, SIGRTMIN); });
  }

 private:
  pid_t pid_;
};

TEST(ReloadCommand, ReturnsWhenTheNewSettingsAreInForce) {
  Daemon daemon(with_welcome("0"));
  const auto where = daemon.address();
  for (const std::string welcome : {"1", "2", "3", "4", "5"}) {
    daemon.folder().write("yodeld.toml", with_welcome(welcome));
    const auto outcome = run(reload_of(daemon.program().pid()));
    EXPECT_EQ(outcome.exit.status, 0);
    EXPECT_EQ(outcome.errors, "");
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(Connection(where).receive(1), welcome);
  }
}

TEST(ReloadCommand, OfABadFileFailsAndChangesNothing) {
  Daemon daemon(with_welcome("old"));
  const auto where = daemon.address();
  daemon.folder().write("yodeld.toml", "[[listen]]\nprot = 0\n");
  EXPECT_EQ(run(reload_of(daemon.program().pid())).exit.status, 1);
  daemon.wait_for_record("reload failed");
  EXPECT_EQ(Connection(where).receive(3), "old");
}

TEST(ReloadCommand, ThatCannotListenFails) {
  Daemon daemon(with_welcome("old"));
  daemon.folder().write("yodeld.toml", "[[listen]]\naddress = '192.0.2.1'\n");
  EXPECT_EQ(run(reload_of(daemon.program().pid())).exit.status, 1);
}

TEST(ReloadCommand, OfNoProcessIsAnError) {
  Program gone({.path = "/bin/true"});
  gone.wait();
  const auto outcome = run(reload_of(gone.pid()));
  EXPECT_EQ(outcome.exit.status, 71);
  EXPECT_EQ(outcome.errors,
            "yodeld: cannot reload process " + std::to_string(gone.pid()) + ": No such process\n");
}

// Starts yodeld from `path`, a path in `folder`, and expects that a reload of it succeeds.
void expect_that_it_reloads(const std::string& path, const TemporaryFolder& folder) {
  const auto file = folder.write("y.toml", with_welcome("old"));
  Program daemon({.path = path, .arguments = {"-c", file}});
  daemon.wait_for_errors(" is ready: ");
  // As after an upgrade: its executable no longer exists.
  std::filesystem::remove(path);
  const auto outcome = run(reload_of(daemon.pid()));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  daemon.wait_for_errors("reloaded " + file);
}

TEST(ReloadCommand, ReachesADaemonThatWasStartedThroughALinkOfAnotherName) {
  const TemporaryFolder folder;
  const auto link = folder.path() + "/echo-site-a";
  std::filesystem::create_symlink(binary("yodeld"), link);
  expect_that_it_reloads(link, folder);
}

TEST(ReloadCommand, ReachesACopyOfAnotherNameWhoseFileIsGone) {
  const TemporaryFolder folder;
  const auto copy = folder.path() + "/a";
  std::filesystem::copy(binary("yodeld"), copy);
  std::filesystem::copy(binary("yodel-acceptor"), folder.path() + "/yodel-acceptor");
  expect_that_it_reloads(copy, folder);
}

TEST(ReloadCommand, DoesNoHarmToAnotherProgram) {
  Program other({.path = "/bin/cat", .input = std::nullopt});
  other.write("one\n");
  other.wait_for_output("one\n");  // so it has executed cat by now
  const auto outcome = run(reload_of(other.pid()));
  EXPECT_EQ(outcome.exit.status, 71);
  EXPECT_TRUE(holds(outcome.errors, "not a running yodeld")) << outcome.errors;
  other.write("two\n");
  other.wait_for_output("two\n");
}

TEST(ReloadCommand, DoesNoHarmToTheOtherProcessesOfTheDaemon) {
  Daemon daemon;
  Connection session(daemon.address());
  session.receive(7);
  const auto acceptor = daemon.acceptor();
  for (const pid_t pid : children_of(daemon.program().pid()))
    EXPECT_EQ(run(reload_of(pid)).exit.status, 71);
  EXPECT_EQ(run(reload_of(sessions_of(acceptor, 1).front())).exit.status, 71);
  session.send("alice\n");
  EXPECT_EQ(session.receive(14), "hello, alice!\n");
  EXPECT_TRUE(is_running(acceptor));
}

TEST(ReloadCommand, TwoAtOnceAreBothAnswered) {
  Daemon daemon(with_welcome("old"));
  daemon.folder().write("yodeld.toml", with_welcome("new"));
  std::optional<Paused> paused(daemon.program().pid());
  Program first(reload_of(daemon.program().pid()));
  Program second(reload_of(daemon.program().pid()));
  paused->wait_for_request();
  paused.reset();
  EXPECT_EQ(first.wait().status, 0);
  EXPECT_EQ(second.wait().status, 0);
  EXPECT_EQ(Connection(daemon.address()).receive(3), "new");
}

TEST(ReloadCommand, DuringAReloadIsAnsweredAfterItsOwnReload) {
  Daemon daemon(with_welcome("a"));
  const auto where = daemon.address();
  daemon.folder().write("yodeld.toml", with_welcome("b"));
  // The previous acceptor does not stop accepting, so this reload does not end.
  const auto old = daemon.acceptor();
  ::kill(old, SIGSTOP);
  daemon.program().signal(SIGHUP);
  daemon.wait_for_notification("RELOADING=1");
  daemon.acceptor(old);  // waits for the new one
  daemon.folder().write("yodeld.toml", with_welcome("c"));
  Program reload(reload_of(daemon.program().pid()));
  wait_until("the request", [&] { return descriptors_of(reload.pid()).size() >= 5; });
  ::kill(old, SIGCONT);
  EXPECT_EQ(reload.wait().status, 0);
  EXPECT_EQ(Connection(where).receive(1), "c");
}

TEST(ReloadCommand, OfADaemonThatStopsFails) {
  Daemon daemon;
  std::optional<Paused> paused(daemon.program().pid());
  Program reload(reload_of(daemon.program().pid()));
  paused->wait_for_request();
  daemon.program().signal(SIGTERM);  // delivered first: it has a lower number, signal(7)
  paused.reset();
  EXPECT_EQ(reload.wait().status, 1);
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(ReloadCommand, FailsWhenAStopCutsItsReloadShort) {
  Daemon daemon;
  const auto old = daemon.acceptor();
  ::kill(old, SIGSTOP);
  daemon.folder().write("yodeld.toml", with_welcome("b"));
  Program reload(reload_of(daemon.program().pid()));
  daemon.wait_for_notification("RELOADING=1");
  daemon.program().signal(SIGTERM);
  EXPECT_EQ(reload.wait().status, 1);
  ::kill(old, SIGCONT);
  EXPECT_EQ(daemon.program().wait().status, 0);
}

TEST(ReloadCommand, OfADaemonThatDiesIsAnError) {
  Daemon daemon;
  const Paused paused(daemon.program().pid());
  Program reload(reload_of(daemon.program().pid()));
  paused.wait_for_request();
  daemon.program().signal(SIGKILL);
  EXPECT_EQ(reload.wait().status, 71);
  EXPECT_TRUE(holds(reload.errors(), "it exited before it answered")) << reload.errors();
  daemon.program().wait();
}

TEST(ReloadCommand, OfRootReachesADaemonThatIsNotRoots) {
  const TemporaryFolder folder;
  const std::string file = folder.write("y.toml", with_welcome("old"));
  Program daemon(unprivileged_daemon({"--config", file}, folder));
  daemon.wait_for_errors(" is ready: ");
  const auto outcome = run(reload_of(daemon.pid()));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  daemon.wait_for_errors("reloaded " + file);
}

}  // namespace
}  // namespace yodel::tests
