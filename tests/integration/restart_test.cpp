// Restarts: what systemd keeps meanwhile, and when the daemon waits before it starts again.

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "manager/systemd/start_history.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

using manager::StartHistory;

const std::string anywhere = "[[listen]]\nport = 0\n";

// Returns the configuration of a listener at "127.0.0.1:9999".
std::string listen_at(const std::string& address) {
  return "[[listen]]\naddress = '" + address.substr(0, address.rfind(':')) +
         "'\nport = " + port_of(address) + "\n";
}

std::string listen_at_file(const std::string& path) {
  return "[[listen]]\naddress = 'unix:" + path + "'\n";
}

// Returns the name of "127.0.0.1:9999" in the store.
std::string stored(const std::string& address) {
  return "yodeld-listener-" + address.substr(0, address.rfind(':')) + "_3a" + port_of(address);
}

// A service that is restarted: one daemon after the other, with one descriptor store.
class Service {
 public:
  explicit Service(const std::string& config) { start(config); }

  void start(const std::string& config) {
    daemon_.emplace(Daemon::Setup{.config = config, .store = &store_});
  }
  // Starts one that is not expected to become ready.
  void try_to_start(const std::string& config) {
    daemon_.emplace(Daemon::Setup{.config = config, .wait_until_ready = false, .store = &store_});
  }
  void restart(const std::string& config) {
    EXPECT_EQ(daemon().stop().status, 0);
    start(config);
  }

  [[nodiscard]] Daemon& daemon() { return *daemon_; }
  [[nodiscard]] DescriptorStore& store() noexcept { return store_; }

 private:
  DescriptorStore store_;
  std::optional<Daemon> daemon_;
};

TEST(Restart, UnderLoadRefusesAndCutsNothing) {
  Service service(anywhere);
  const auto where = service.daemon().address();
  Load first(where);
  Load second(where);
  for (int i = 0; i < 5; ++i) {
    const int before = first.done() + second.done();
    service.restart(listen_at(where));
    EXPECT_EQ(service.daemon().address(), where);
    wait_until("the load", [&] { return first.done() + second.done() > before + 4; });
  }
  EXPECT_EQ(first.stop(), "");
  EXPECT_EQ(second.stop(), "");
}

TEST(Restart, AfterTheManagerWasKilledRefusesNothing) {
  Service service(anywhere);
  const auto where = service.daemon().address();
  // The sessions of a killed manager end.
  Load first(where, Load::Expects::connections);
  Load second(where, Load::Expects::connections);
  for (int i = 0; i < 5; ++i) {
    const int before = first.done() + second.done();
    service.daemon().program().signal(SIGKILL);
    EXPECT_EQ(service.daemon().program().wait().signal, SIGKILL);
    service.start(listen_at(where));
    wait_until("the load", [&] { return first.done() + second.done() > before + 4; });
  }
  EXPECT_EQ(first.stop(), "");
  EXPECT_EQ(second.stop(), "");
}

TEST(Restart, LetsSessionsAnswerAndGivesNewConnectionsToTheNextProcess) {
  Service service(anywhere);
  auto& daemon = service.daemon();
  const auto where = daemon.address();
  Connection session(where);
  session.receive(7);
  const auto acceptor = daemon.acceptor();
  const HeldProcess held(sessions_of(acceptor, 1).front());
  session.send("alice\n");
  daemon.program().signal(SIGTERM);
  wait_until("the acceptor to have closed the listener", [&] {
    const auto open = descriptors_of(acceptor);
    return std::find(open.begin(), open.end(), 4) == open.end();
  });
  Connection waiting(where);
  waiting.send("bob\n");
  held.resume();
  EXPECT_EQ(session.receive_rest(), "hello, alice!\n");
  EXPECT_EQ(daemon.program().wait().status, 0);
  service.start(listen_at(where));
  EXPECT_EQ(waiting.receive(19), "welcomehello, bob!\n");
}

TEST(Restart, StoresEachListenerOnce) {
  Service service(anywhere + anywhere);
  const auto first = service.daemon().address(0);
  const auto second = service.daemon().address(1);
  const std::vector names{stored(first), stored(second)};
  EXPECT_EQ(service.store().listeners(), names);
  service.restart(listen_at(first) + listen_at(second));
  EXPECT_EQ(service.store().listeners(), names);
}

TEST(Restart, ClosesListenersThatTheFileNoLongerHas) {
  Service service(anywhere + anywhere);
  const auto kept = service.daemon().address(0);
  const auto dropped = service.daemon().address(1);
  service.restart(listen_at(kept));
  EXPECT_EQ(service.store().listeners(), std::vector{stored(kept)});
  EXPECT_THROW(Connection refused(dropped), std::system_error);
  EXPECT_EQ(Connection(kept).receive(7), "welcome");
}

TEST(Restart, CanListenAtAnAddressThatARemovedListenerOverlapped) {
  Service service(anywhere);
  const auto before = service.daemon().address();
  const auto everywhere = "0.0.0.0:" + port_of(before);
  service.restart(listen_at(everywhere));
  EXPECT_EQ(service.daemon().address(), everywhere);
  EXPECT_EQ(service.store().listeners(), std::vector{stored(everywhere)});
  EXPECT_EQ(Connection(before).receive(7), "welcome");
}

TEST(Restart, AReloadStoresWhatItAddsAndForgetsWhatItDrops) {
  Service service(anywhere);
  auto& daemon = service.daemon();
  const auto first = daemon.address();
  daemon.reload(listen_at(first) + anywhere);
  daemon.wait_for_record("reloaded ");
  const auto second = daemon.address(2);  // after the records of the start
  EXPECT_EQ(service.store().listeners(), (std::vector{stored(first), stored(second)}));
  daemon.reload(listen_at(second));
  EXPECT_EQ(service.store().listeners(), std::vector{stored(second)});
  EXPECT_THROW(Connection refused(first), std::system_error);
  EXPECT_EQ(Connection(second).receive(7), "welcome");
}

TEST(Restart, AReloadForgetsWhatAnEarlierProcessStored) {
  Service service(anywhere + anywhere);
  const auto first = service.daemon().address(0);
  const auto second = service.daemon().address(1);
  service.restart(listen_at(first) + listen_at(second));
  service.daemon().reload(listen_at(second));
  EXPECT_EQ(service.store().listeners(), std::vector{stored(second)});
  EXPECT_THROW(Connection refused(first), std::system_error);
}

TEST(Restart, KeepsTheFileOfAUnixSocket) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/greet";
  Service service(listen_at_file(path));
  EXPECT_EQ(service.daemon().stop().status, 0);
  EXPECT_TRUE(std::filesystem::exists(path));
  Connection waiting("unix:" + path);
  service.start(listen_at_file(path));
  EXPECT_EQ(waiting.receive(7), "welcome");
  service.daemon().reload(anywhere);
  EXPECT_FALSE(std::filesystem::exists(path)) << "the reload removed it";
}

TEST(Restart, KeepsTheUnixSocketThatAReloadRecreated) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/greet";
  Service service(listen_at_file(path));
  const auto names = service.store().listeners();
  std::filesystem::remove(path);
  service.daemon().reload(listen_at_file(path));
  EXPECT_EQ(service.store().listeners(), names);
  EXPECT_EQ(service.daemon().stop().status, 0);
  Connection waiting("unix:" + path);
  service.start(listen_at_file(path));
  EXPECT_EQ(waiting.receive(7), "welcome");
}

TEST(Restart, WithoutAStoreTheFileOfAUnixSocketIsRemoved) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/greet";
  Daemon daemon(listen_at_file(path));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Restart, WithABadFileKeepsTheStoredListeners) {
  Service service(anywhere);
  const auto where = service.daemon().address();
  EXPECT_EQ(service.daemon().stop().status, 0);
  service.try_to_start("[[listen]]\nprot = 0\n");
  EXPECT_EQ(service.daemon().program().wait().status, 78);
  service.daemon().take_last_notifications();
  EXPECT_EQ(service.store().listeners(), std::vector{stored(where)});
  Connection waiting(where);
  service.start(listen_at(where));
  EXPECT_EQ(waiting.receive(7), "welcome");
}

// --- starts that keep failing ---

// Stores a history of `starts` starts, the last of them now.
void store_history(DescriptorStore& store, int starts) {
  StartHistory history{posix::Descriptor()};
  for (int i = 0; i < starts; ++i)
    (void)history.started(posix::Clock::now());
  store.remove(StartHistory::store_name);
  store.add(std::string(StartHistory::store_name),
            posix::Descriptor(::fcntl(history.descriptor(), F_DUPFD_CLOEXEC, 0)));
}

TEST(RestartHistory, IsStoredAndClearedByAStop) {
  Service service(anywhere);
  EXPECT_TRUE(service.store().holds(StartHistory::store_name));
  for (std::uint32_t i = 0; i <= manager::StartBackOff::free_starts; ++i) {
    service.restart(anywhere);
    EXPECT_TRUE(service.daemon().records("times in a row").empty());
  }
}

TEST(RestartHistory, OfFailedStartsDelaysTheNextOne) {
  Service service(anywhere);
  for (std::uint32_t i = 0; i < manager::StartBackOff::free_starts; ++i) {
    service.try_to_start("[[listen]]\nprot = 0\n");
    if (i == 0) {
      // The previous daemon was killed, so this was the second start in a row.
      EXPECT_EQ(service.daemon().program().wait().status, 78);
      continue;
    }
    service.daemon().program().wait();
  }
  service.try_to_start(anywhere);
  auto& daemon = service.daemon();
  daemon.wait_for_notification("STATUS=waiting for ");
  daemon.wait_for_record("warning: started ");
  daemon.wait_for_notification("READY=1");
}

TEST(RestartHistory, AWaitingDaemonSaysSoAndCanBeStopped) {
  DescriptorStore store;
  store_history(store, 20);
  const Daemon::Setup setup{.config = anywhere, .wait_until_ready = false, .store = &store};
  {
    Daemon daemon(setup);
    // The wait plus a minute.
    daemon.wait_for_notification("EXTEND_TIMEOUT_USEC=90000000");
    daemon.wait_for_notification("STATUS=waiting for 30 s after 21 starts in a row");
    daemon.wait_for_record(
        "warning: started 21 times in a row, in quick succession: waiting for 30 s");
    EXPECT_EQ(daemon.stop().status, 0);
    EXPECT_TRUE(daemon.records("listening at ").empty());
  }
  Daemon next(setup);
  next.wait_for_notification("READY=1");
  next.wait_for_record(" is ready: ");
  EXPECT_TRUE(next.records("times in a row").empty());
}

TEST(RestartHistory, AWaitingDaemonSurvivesAReload) {
  DescriptorStore store;
  store_history(store, 20);
  Daemon daemon({.config = anywhere, .wait_until_ready = false, .store = &store});
  daemon.wait_for_notification("STATUS=waiting for 30 s");
  daemon.program().signal(SIGHUP);
  Program reload({.path = binary("yodeld"),
                  .arguments = {"--reload", std::to_string(daemon.program().pid())}});
  wait_until("the request", [&] { return is_pending(daemon.program().pid(), SIGRTMIN); });
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(reload.wait().status, 71);
  EXPECT_NE(reload.errors().find("it exited before it answered"), std::string::npos)
      << reload.errors();
}

}  // namespace
}  // namespace yodel::tests
