// A reload to an address that overlaps with a previous one at the same port, from 127.0.0.1 to
// 0.0.0.0 or back, refuses no connection.

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

std::string listen_on(const std::string& address, const std::string& port) {
  return fmt::format("[[listen]]\naddress = '{}'\nport = {}\n", address, port);
}

std::string at(const std::string& address, const std::string& port) {
  return address.find(':') == std::string::npos ? address + ":" + port
                                                : "[" + address + "]:" + port;
}

// Returns the name of an IPv4 address in the descriptor store.
std::string stored(const std::string& address, const std::string& port) {
  return "yodeld-listener-" + address + "_3a" + port;
}

void set(int socket, int level, int option, int value) {
  ASSERT_EQ(::setsockopt(socket, level, option, &value, sizeof value), 0);
}

// Waits until all loads have made progress, or fails.
void wait_for(const std::vector<std::unique_ptr<Load>>& all) {
  for (const auto& load : all) {
    const int before = load->done();
    wait_until("the load", [&] { return load->done() > before + 4; });
  }
}

std::vector<std::unique_ptr<Load>> load_on(const std::vector<std::string>& places) {
  std::vector<std::unique_ptr<Load>> all;
  for (const auto& place : places) {
    all.push_back(std::make_unique<Load>(place));
    all.push_back(std::make_unique<Load>(place));
  }
  return all;
}

void expect_none_refused(const std::vector<std::unique_ptr<Load>>& all) {
  for (const auto& load : all)
    EXPECT_EQ(load->stop(), "");
}

// The parameter is the narrow address; the wide one is the wildcard of its family.
class Takeover : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (narrow() == "::1" && !has_ipv6()) GTEST_SKIP() << "no IPv6";
  }
  static std::string narrow() { return GetParam(); }
  static std::string wide() { return narrow() == "::1" ? "::" : "0.0.0.0"; }
};
INSTANTIATE_TEST_SUITE_P(Families, Takeover, ::testing::Values("127.0.0.1", "::1"));

// Changes back and forth while the replaced sockets stay open.
TEST_P(Takeover, ThereAndBackUnderLoadRefusesNobody) {
  Daemon daemon(listen_on(narrow(), "0"));
  const auto port = port_of(daemon.address());
  const auto load = load_on({at(narrow(), port)});
  for (int i = 0; i < 4; ++i) {
    wait_for(load);
    daemon.reload(listen_on(wide(), port));
    daemon.wait_for_record(at(wide(), port) + " replaces " + at(narrow(), port));
    daemon.wait_for_record("listening at " + at(wide(), port) + " (");
    wait_for(load);
    daemon.reload(listen_on(narrow(), port));
    daemon.wait_for_record(at(narrow(), port) + " replaces " + at(wide(), port));
  }
  wait_for(load);
  expect_none_refused(load);
  EXPECT_TRUE(daemon.records("reload failed").empty()) << daemon.program().errors();
}

// A process of the same user that asks for SO_REUSEPORT is refused after each takeover.
TEST_P(Takeover, LetsNoOtherSocketShareThePort) {
  Daemon daemon(listen_on(narrow(), "0"));
  const auto port = port_of(daemon.address());
  const auto expect_taken = [&] {
    for (const auto& address : {narrow(), wide()}) {
      const auto endpoint = endpoint_of(at(address, port));
      const auto place = to_socket_address(endpoint, 0);
      const posix::Descriptor socket(
          ::socket(place.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
      set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
      set(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
      if (endpoint.family == protocol::Family::ipv6) {
        set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
      }
      EXPECT_EQ(::bind(socket.get(), place.get(), place.size), -1) << address;
    }
  };
  for (int i = 0; i < 2; ++i) {
    daemon.reload(listen_on(wide(), port));
    expect_taken();
    daemon.reload(listen_on(narrow(), port));
    expect_taken();
  }
  EXPECT_TRUE(daemon.records("reload failed").empty()) << daemon.program().errors();
}

TEST(Takeovers, OfSeveralByOneAndBackRefusesNobody) {
  Daemon daemon(listen_on("127.0.0.1", "0"));
  const auto port = port_of(daemon.address());
  const auto two = listen_on("127.0.0.1", port) + listen_on("127.0.0.2", port);
  daemon.reload(two);
  const auto load = load_on({at("127.0.0.1", port), at("127.0.0.2", port)});
  for (int i = 0; i < 3; ++i) {
    wait_for(load);
    daemon.reload(listen_on("0.0.0.0", port));
    wait_for(load);
    daemon.reload(two);
    // No listener overlaps with this address, but one of the replaced sockets does.
    daemon.reload(two + listen_on("127.0.0.3", port));
    EXPECT_EQ(Connection(at("127.0.0.3", port)).receive(7), "welcome");
    daemon.reload(two);
  }
  wait_for(load);
  expect_none_refused(load);
  EXPECT_TRUE(daemon.records("reload failed").empty()) << daemon.program().errors();
}

TEST(Takeovers, AreNotNeededFromOneAddressToAnother) {
  Daemon daemon(listen_on("127.0.0.1", "0"));
  const auto port = port_of(daemon.address());
  daemon.reload(listen_on("127.0.0.2", port));
  EXPECT_EQ(Connection(at("127.0.0.2", port)).receive(7), "welcome");
  EXPECT_THROW(Connection refused(at("127.0.0.1", port)), std::system_error);
  EXPECT_TRUE(daemon.records("is taken over").empty());
}

// A daemon whose socket the test creates with TCP_DEFER_ACCEPT, tcp(7): a handshake completes only
// when the peer has sent something, so the test decides when.
class SlowHandshake : public ::testing::Test {
 protected:
  void SetUp() override {
    set(socket_.fd.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, 600);
    store_.add(stored("127.0.0.1", port_), std::move(socket_.fd));
    daemon_ = std::make_unique<Daemon>(
        Daemon::Setup{.config = listen_on("127.0.0.1", port_), .store = &store_});
  }
  Daemon& daemon() { return *daemon_; }
  [[nodiscard]] const std::string& port() const { return port_; }
  [[nodiscard]] const std::string& where() const { return socket_.address; }
  static void expect_dialogue(Connection& peer) {
    peer.send("alice\nexit\n");
    EXPECT_EQ(peer.receive_rest(), "welcomehello, alice!\n");
  }

 private:
  BoundSocket socket_ = listen_anywhere();
  std::string port_ = port_of(socket_.address);
  DescriptorStore store_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(SlowHandshake, ThatBeganAtTheReplacedSocketCompletesThere) {
  Connection first(where());
  Connection second(where());
  EXPECT_EQ(sessions_of(daemon().acceptor(), 0).size(), 0U);
  daemon().reload(listen_on("0.0.0.0", port()));
  expect_dialogue(first);
  daemon().reload(listen_on("127.0.0.1", port()));
  expect_dialogue(second);
  Connection third(where());
  EXPECT_EQ(third.receive(7), "welcome") << "the new socket does not wait for the peer";
}

TEST_F(SlowHandshake, OutlivesTheAcceptor) {
  Connection peer(where());
  daemon().reload(listen_on("0.0.0.0", port()));
  const auto acceptor = daemon().acceptor();
  ASSERT_EQ(::kill(acceptor, SIGKILL), 0);
  EXPECT_NE(daemon().acceptor(acceptor), acceptor);
  expect_dialogue(peer);
}

TEST_F(SlowHandshake, EndsWithTheListenerThatTookItOver) {
  Connection peer(where());
  daemon().reload(listen_on("0.0.0.0", port()));
  daemon().reload("[[listen]]\nport = 0\n");
  daemon().acceptor();  // waits until there is only one
  EXPECT_THROW(
      {
        peer.send("alice\n");
        peer.receive(1);
      },
      std::system_error);
}

}  // namespace
}  // namespace yodel::tests
