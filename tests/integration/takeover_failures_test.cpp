// A reload to an address that overlaps with a previous one: its failures, its limits, and the state
// that a restart finds.

#include <csignal>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

constexpr const char* too_many = "error: too many connections from your address\n";

std::string listen_on(const std::string& address, const std::string& port) {
  return fmt::format("[[listen]]\naddress = '{}'\nport = {}\n", address, port);
}

std::string stored(const std::string& address, const std::string& port) {
  return "yodeld-listener-" + address + "_3a" + port;
}

// A daemon at 127.0.0.1 or 0.0.0.0 under load, whose reload to the other one fails.
class FailedTakeover : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::string before() const { return listen_on(GetParam(), port_); }
  [[nodiscard]] std::string other() const {
    return listen_on(GetParam() == std::string("0.0.0.0") ? "127.0.0.1" : "0.0.0.0", port_);
  }
  Daemon& daemon() { return daemon_; }
  [[nodiscard]] const std::string& port() const { return port_; }

  void reload(const std::string& file, const std::string& why) {
    const int before = load_.done();
    daemon_.reload(file);
    daemon_.wait_for_record("reload failed");
    if (!why.empty()) daemon_.wait_for_record(why);
    wait_until("the load", [&] { return load_.done() > before + 4; });
  }
  void expect_none_refused() {
    EXPECT_EQ(load_.stop(), "");
    EXPECT_TRUE(daemon_.records(" replaces ").empty());
    daemon_.reload(other());
    daemon_.wait_for_record(" replaces ");
    EXPECT_EQ(Connection("127.0.0.1:" + port_).receive(7), "welcome");
  }

 private:
  Daemon daemon_{unprivileged(listen_on(GetParam(), "0"))};
  std::string port_ = port_of(daemon_.address());
  Load load_{"127.0.0.1:" + port_};
};
INSTANTIATE_TEST_SUITE_P(BothWays, FailedTakeover, ::testing::Values("127.0.0.1", "0.0.0.0"));

TEST_P(FailedTakeover, BecauseOfAnotherListenerChangesNothing) {
  for (int i = 0; i < 3; ++i) {
    reload(other() + listen_on("192.0.2.1", port() == "9" ? "10" : "9"),
           "cannot listen at 192.0.2.1");
  }
  expect_none_refused();
}

TEST_P(FailedTakeover, WithoutProcessesChangesNothing) {
  const pid_t manager = daemon().program().pid();
  const auto limit = soft_limit(manager, "Max processes");
  for (int i = 0; i < 3; ++i) {
    set_limit(manager, "nproc", "0");
    reload(other(), "");
    set_limit(manager, "nproc", limit);
  }
  expect_none_refused();
}

TEST(Takeovers, ChangeNothingIfAnotherProcessIsInTheWay) {
  // The daemon chooses the port: of one that is free at 127.0.0.2, a server of another test may
  // have left connections in TIME_WAIT at 127.0.0.1, where the daemon could then not listen.
  Daemon daemon(listen_on("127.0.0.1", "0"));
  const auto port = port_of(daemon.address());
  const auto obstacle = listen_at("127.0.0.2:" + port);
  daemon.reload(listen_on("0.0.0.0", port));
  daemon.wait_for_record("cannot listen at 0.0.0.0:" + port +
                         ": the address is in use by another process");
  EXPECT_EQ(Connection("127.0.0.1:" + port).receive(7), "welcome");
}

TEST(Takeovers, OfASocketOfSystemdAreRefusedWithTheRemedy) {
  const auto socket = listen_anywhere();
  const auto port = port_of(socket.address);
  Daemon daemon(Daemon::Setup{.config = listen_on("127.0.0.1", port),
                              .passed = {{"yodeld.socket", socket.fd.get()}}});
  daemon.reload(listen_on("0.0.0.0", port));
  daemon.wait_for_record("cannot listen at 0.0.0.0:" + port +
                         ": it overlaps with 127.0.0.1:" + port +
                         ", which systemd created and only systemd can replace; run "
                         "'yodeld-seal on' again");
  EXPECT_EQ(Connection(socket.address).receive(7), "welcome");
}

TEST(Takeovers, OfASocketOfAnotherUserAreRefusedWithTheRemedy) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to own the socket";
  auto socket = listen_anywhere();
  const auto port = port_of(socket.address);
  DescriptorStore store;
  store.add(stored("127.0.0.1", port), std::move(socket.fd));
  auto setup = unprivileged(listen_on("127.0.0.1", port));
  setup.store = &store;
  Daemon daemon(setup);
  daemon.reload(listen_on("0.0.0.0", port));
  daemon.wait_for_record("cannot listen at 0.0.0.0:" + port + ": it overlaps with 127.0.0.1:" +
                         port + ", which another user created; restart the daemon instead");
  EXPECT_EQ(Connection(socket.address).receive(7), "welcome");
}

TEST(Takeovers, ApplyTheLimitsToTheSum) {
  const auto limits = [](int per_source) {
    return fmt::format("[limits]\nsessions = 3\nsessions_per_source = {}\n", per_source);
  };
  Daemon daemon(listen_on("127.0.0.1", "0") + limits(2));
  const auto where = daemon.address();
  const auto port = port_of(where);
  Connection first(where);
  Connection second(where);
  EXPECT_EQ(first.receive(7) + second.receive(7), "welcomewelcome");
  for (const char* address : {"0.0.0.0", "127.0.0.1"}) {
    daemon.reload(listen_on(address, port) + limits(2));
    EXPECT_EQ(Connection(where).receive_rest(), too_many) << address;
  }
  daemon.reload(listen_on("0.0.0.0", port) + limits(0));
  Connection third(where);
  EXPECT_EQ(third.receive(7), "welcome");
  Connection fourth(where);
  daemon.wait_for_record("session limit reached at ");
  second.end();
  EXPECT_EQ(fourth.receive(7), "welcome");
}

// From the reload on, only the new socket outlives the daemon.
TEST(Takeovers, LeaveARestartTheNewSocketAlone) {
  DescriptorStore store;
  Daemon::Setup setup{.config = listen_on("127.0.0.1", "0"), .store = &store};
  std::string port;
  {
    Daemon daemon(setup);
    port = port_of(daemon.address());
    daemon.reload(listen_on("0.0.0.0", port));
    EXPECT_EQ(daemon.stop().status, 0);
  }
  EXPECT_EQ(store.listeners(), std::vector{stored("0.0.0.0", port)});
  setup.config = listen_on("0.0.0.0", port);
  {
    Daemon daemon(setup);
    EXPECT_EQ(Connection("127.0.0.1:" + port).receive(7), "welcome");
    daemon.reload(listen_on("127.0.0.1", port));
    EXPECT_EQ(daemon.stop().status, 0);
  }
  EXPECT_EQ(store.listeners(), std::vector{stored("127.0.0.1", port)});
  setup.config = listen_on("127.0.0.1", port);
  Daemon daemon(setup);
  EXPECT_EQ(Connection("127.0.0.1:" + port).receive(7), "welcome");
}

}  // namespace
}  // namespace yodel::tests
