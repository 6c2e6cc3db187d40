// SIGHUP: new settings take effect, no connection is refused and no session is cut.

#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <system_error>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

std::string config(const std::string& welcome,
                   const std::string& listeners = "[[listen]]\nport = 0\n") {
  return listeners + "[greet]\nwelcome = '" + welcome + "'\n";
}

TEST(Reload, GivesNewConnectionsTheNewSettings) {
  Daemon daemon(config("old"));
  const auto where = daemon.address();
  Connection before(where);
  EXPECT_EQ(before.receive(3), "old");
  daemon.reload(config("new"));
  Connection after(where);
  EXPECT_EQ(after.receive(3), "new");
  before.send("alice\n");
  EXPECT_EQ(before.receive(14), "hello, alice!\n") << "a session goes on as it began";
  before.send("exit\n");
  EXPECT_EQ(before.receive_rest(), "");
}

TEST(Reload, KeepsTheAcceptorIfItCan) {
  Daemon daemon(config("old"));
  const auto before = daemon.acceptor();
  daemon.reload(config("new") + "[limits]\nsessions = 1024\n");
  EXPECT_EQ(daemon.acceptor(), before);
  EXPECT_EQ(Connection(daemon.address()).receive(3), "new");
}

TEST(Reload, TheOldAcceptorEndsWithItsLastSession) {
  Daemon daemon(config("old"));
  const auto old = daemon.acceptor();
  Connection session(daemon.address());
  session.receive(3);
  daemon.reload(config("new") + "[limits]\nsessions = 2000\n");
  EXPECT_NE(daemon.acceptor(old), old);
  EXPECT_TRUE(is_running(old));
  session.send("exit\n");
  session.receive_rest();
  daemon.acceptor();  // waits until there is only one
  EXPECT_FALSE(is_running(old));
}

// A listener that systemd has stored is shut down, so that no copy of it keeps listening.
TEST(Reload, DroppingAListenerIsNotAnError) {
  DescriptorStore store;
  Daemon::Setup setup;
  const std::string one = "[[listen]]\nport = 0\n";
  setup.config = one + one;
  setup.store = &store;
  Daemon daemon(setup);
  const auto kept = daemon.address(0);
  for (int i = 0; i < 20; ++i) {
    daemon.reload(one);
    daemon.reload(one + one);
  }
  EXPECT_EQ(Connection(kept).receive(7), "welcome");
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_TRUE(daemon.records("cannot accept connections").empty()) << daemon.program().errors();
}

TEST(Reload, UnderLoadRefusesAndCutsNothing) {
  Daemon daemon(config("w"));
  Load first(daemon.address());
  Load second(daemon.address());
  for (int i = 0; i < 20; ++i) {
    const int before = first.done() + second.done();
    daemon.reload(config(std::string(static_cast<std::size_t>(i + 1), 'w')));
    // Waits until the load has made progress, or fails.
    wait_until("the load", [&] { return first.done() + second.done() > before + 4; });
  }
  EXPECT_EQ(first.stop(), "");
  EXPECT_EQ(second.stop(), "");
}

TEST(Reload, OfABadFileKeepsTheSettingsAndReportsWhy) {
  Daemon daemon(config("old"));
  const auto where = daemon.address();
  daemon.reload("[[listen]]\nprot = 0\nbacklog = 'x'\n");
  daemon.wait_for_record("yodeld.toml:2:1: error: ");
  daemon.wait_for_record("yodeld.toml:3:11: error: ");
  daemon.wait_for_record("reload failed, keeping the previous settings: ");
  Connection peer(where);
  EXPECT_EQ(peer.receive(3), "old");
}

// As after `> yodeld.toml`, or on a full disk.
TEST(Reload, OfAnEmptiedFileKeepsTheSettings) {
  Daemon daemon(config("old"));
  const auto where = daemon.address();
  const auto expect_kept = [&](const std::string& file, const std::string& why) {
    daemon.reload(file);
    daemon.wait_for_record("yodeld.toml: error: " + why);
    daemon.wait_for_record("reload failed");
    EXPECT_EQ(Connection(where).receive(3), "old");
  };
  expect_kept("", "is empty; write it again");
  expect_kept("# all of it\n\n", "is empty; write it again");
  daemon.reload(config("new"));
  EXPECT_EQ(Connection(where).receive(3), "new");
}

TEST(Reload, ThatCannotListenIsNotHalfApplied) {
  Daemon daemon(config("old"));
  const auto where = daemon.address();
  daemon.reload(config("new", "[[listen]]\nport = 0\n[[listen]]\naddress = '192.0.2.1'\n"));
  daemon.wait_for_record("reload failed");
  Connection peer(where);
  EXPECT_EQ(peer.receive(3), "old");
}

TEST(Reload, OpensAndClosesListeners) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/echo";
  const std::string more = "[[listen]]\naddress = '" + path + "'\nprotocol = 'echo'\n";
  Daemon daemon(config("w"));
  const auto where = daemon.address();
  daemon.reload(config("w", "[[listen]]\nport = 0\n" + more));
  Connection added(path);
  added.send("x");
  EXPECT_EQ(added.receive(1), "x");
  daemon.reload(config("w", more));
  EXPECT_THROW(Connection refused(where), std::system_error);
  added.send("y");
  EXPECT_EQ(added.receive(1), "y");
  Connection again(path);
  again.send("z");
  EXPECT_EQ(again.receive(1), "z");
}

TEST(Reload, CreatesAUnixSocketAgainWhoseFileIsGone) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/greet";
  const auto file = config("w", "[[listen]]\naddress = 'unix:" + path + "'\n");
  Daemon daemon(file);
  Connection before("unix:" + path);
  std::filesystem::remove(path);
  daemon.reload(file);
  daemon.wait_for_record("reloaded ");
  EXPECT_EQ(Connection("unix:" + path).receive(1), "w");
  before.send("exit\n");
  EXPECT_EQ(before.receive_rest(), "w") << "no session is cut";

  std::filesystem::remove(path);
  folder.write("greet", "");
  daemon.reload(file);
  daemon.wait_for_record(
      "reload failed, keeping the previous settings: cannot listen at "
      "unix:" +
      path + ": there is already a file at this path");
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_TRUE(std::filesystem::is_regular_file(path)) << "the daemon must not remove it";
}

TEST(Reload, TwiceAtOnceEndsWithTheLastFile) {
  Daemon daemon(config("a"));
  const auto where = daemon.address();
  daemon.folder().write("yodeld.toml", config("b"));
  daemon.program().signal(SIGHUP);
  daemon.wait_for_notification("RELOADING=1");
  daemon.reload(config("c"));
  Connection peer(where);
  EXPECT_EQ(peer.receive(1), "c");
}

TEST(Reload, NotifiesSystemdWhenItBegins) {
  Daemon daemon;
  daemon.program().signal(SIGHUP);
  const auto state = daemon.wait_for_notification("RELOADING=1");
  EXPECT_NE(state.find("\nMONOTONIC_USEC="), std::string::npos) << state;
  daemon.wait_for_notification("READY=1");
}

}  // namespace
}  // namespace yodel::tests
