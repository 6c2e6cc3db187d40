#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "client/connection/connect_race.hpp"

namespace yodel::client {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using posix::Descriptor;

// Longer than any test may take, so a test that waits this long fails.
constexpr auto never = 1h;

void check(bool well) {
  if (!well) throw std::runtime_error("errno " + std::to_string(errno));
}

protocol::SocketAddress address_of(protocol::Family family, std::uint8_t last_byte) {
  protocol::Endpoint endpoint;
  endpoint.family = family;
  endpoint.address[family == protocol::Family::ipv4 ? 3 : 15] = last_byte;
  return protocol::to_socket_address(endpoint, 0);
}

// A port of 127.0.0.1 that refuses connections. It is bound, so that nobody else can take it.
class Port {
 public:
  Port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) == 0);
    check(::getsockname(socket_.get(), address_.get(), &address_.size) == 0);
  }
  [[nodiscard]] const protocol::SocketAddress& address() const { return address_; }
  [[nodiscard]] int socket() const { return socket_.get(); }
  // As /proc/net/tcp has it.
  [[nodiscard]] std::string hex() const {
    std::string text(5, '\0');
    const auto port = ntohs(reinterpret_cast<const sockaddr_in*>(address_.get())->sin_port);
    std::snprintf(text.data(), text.size(), "%04X", static_cast<unsigned>(port));
    text.resize(4);
    return text;
  }

 private:
  Descriptor socket_;
  protocol::SocketAddress address_;
};

// A port that accepts connections.
class Listener : public Port {
 public:
  explicit Listener(int backlog = 1) { check(::listen(socket(), backlog) == 0); }
  // Returns whether a connection was waiting, which it accepts and closes.
  [[nodiscard]] bool was_connected_to() const {
    check(::fcntl(socket(), F_SETFL, O_NONBLOCK) == 0);
    const Descriptor accepted(::accept4(socket(), nullptr, nullptr, SOCK_CLOEXEC));
    return static_cast<bool>(accepted);
  }
};

// A port that answers nobody: its backlog is full, so the kernel drops each SYN, listen(2).
class Silent : public Listener {
 public:
  Silent() : Listener(0), first_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    check(::connect(first_.get(), address().get(), address().size) == 0);
  }
  // Waits for a connection attempt, SYN-SENT in /proc/net/tcp, and then makes room for it.
  void answer_when_asked() const {
    const auto deadline = Clock::now() + 10s;
    while (!is_asked() && Clock::now() < deadline)
      std::this_thread::yield();
    ::close(::accept4(socket(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  [[nodiscard]] bool is_asked() const {
    const std::string entry = " 0100007F:" + hex() + " 02 ";
    std::ifstream table("/proc/net/tcp");
    for (std::string line; std::getline(table, line);) {
      if (line.find(entry) != std::string::npos) return true;
    }
    return false;
  }

 private:
  Descriptor first_;
};

Addresses addresses_of(const std::vector<const Port*>& ports) {
  Addresses addresses;
  for (const auto* const each : ports)
    addresses.push_back(each->address());
  return addresses;
}

// --- the order ---

std::string texts_of(const Addresses& addresses) {
  std::string text;
  for (const auto& each : addresses)
    text += protocol::address_text(protocol::peer_from(each)) + " ";
  return text;
}

TEST(InterleaveFamilies, AlternatesThem) {
  using protocol::Family;
  const auto v4 = [](std::uint8_t n) { return address_of(Family::ipv4, n); };
  const auto v6 = [](std::uint8_t n) { return address_of(Family::ipv6, n); };
  EXPECT_EQ(texts_of(interleave_families({v6(1), v6(2), v6(3), v4(4), v4(5)})),
            "::1 0.0.0.4 ::2 0.0.0.5 ::3 ");
  EXPECT_EQ(texts_of(interleave_families({v4(1), v6(2), v6(3), v6(4)})), "0.0.0.1 ::2 ::3 ::4 ");
  EXPECT_EQ(texts_of(interleave_families({v4(1), v4(2)})), "0.0.0.1 0.0.0.2 ");
  EXPECT_EQ(texts_of(interleave_families({v6(1)})), "::1 ");
  EXPECT_EQ(texts_of(interleave_families({})), "");
}

// --- the race ---

TEST(ConnectRace, TakesTheFirstAddressThatConnects) {
  const Listener first;
  const Listener second;
  const auto addresses = addresses_of({&first, &second});
  const auto winner = ConnectRace(addresses, Clock::now() + never).run();
  ASSERT_TRUE(winner);
  EXPECT_EQ(winner->address, 0U);
  EXPECT_NE(::fcntl(winner->socket.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_TRUE(first.was_connected_to());
  EXPECT_FALSE(second.was_connected_to());
}

// If a silent address took its share of the time, the test would take half an hour.
TEST(ConnectRace, DoesNotWaitForASilentAddress) {
  const Silent silent;
  const Listener live;
  const auto addresses = addresses_of({&silent, &live});
  const auto winner = ConnectRace(addresses, Clock::now() + never).run();
  ASSERT_TRUE(winner);
  EXPECT_EQ(winner->address, 1U);
  EXPECT_TRUE(live.was_connected_to());
}

TEST(ConnectRace, GivesAnAddressItsTimeBeforeTheNextBegins) {
  const Silent silent;
  const Listener live;
  const auto addresses = addresses_of({&silent, &live});
  const auto winner = ConnectRace(addresses, Clock::now() + 50ms, never).run();
  ASSERT_FALSE(winner);
  EXPECT_EQ(winner.error(), ConnectRace::Causes{ETIMEDOUT});
  EXPECT_FALSE(live.was_connected_to());
}

TEST(ConnectRace, BeginsTheNextAtOnceWhenOneIsRefused) {
  const Port refusing;
  const Port refusing_too;
  const Listener live;
  const auto addresses = addresses_of({&refusing, &refusing_too, &live});
  const auto winner = ConnectRace(addresses, Clock::now() + never, never).run();
  ASSERT_TRUE(winner);
  EXPECT_EQ(winner->address, 2U);
}

TEST(ConnectRace, LetsEarlierAttemptsGoOn) {
  const Silent first;
  const Silent second;
  const auto addresses = addresses_of({&first, &second});
  bool both = false;
  std::thread server([&] {
    const auto deadline = Clock::now() + 10s;
    while (!second.is_asked() && Clock::now() < deadline)
      std::this_thread::yield();
    both = second.is_asked() && first.is_asked();
    first.answer_when_asked();
  });
  const auto winner = ConnectRace(addresses, Clock::now() + 30s, 0ms).run();
  server.join();
  EXPECT_TRUE(both);
  ASSERT_TRUE(winner);
  EXPECT_EQ(winner->address, 0U);
}

TEST(ConnectRace, ClosesTheOthers) {
  const Silent silent;
  const Listener live;
  const auto addresses = addresses_of({&silent, &live});
  {
    ConnectRace race(addresses, Clock::now() + never, 0ms);
    ASSERT_TRUE(race.run());
  }
  EXPECT_FALSE(silent.is_asked());
}

TEST(ConnectRace, ReportsWhyEachAddressFailed) {
  const Port refusing;
  const Silent silent;
  const auto addresses = addresses_of({&refusing, &silent, &refusing});
  const auto winner = ConnectRace(addresses, Clock::now() + 200ms, 0ms).run();
  ASSERT_FALSE(winner);
  EXPECT_EQ(winner.error(), (ConnectRace::Causes{ECONNREFUSED, ETIMEDOUT, ECONNREFUSED}));
}

TEST(ConnectRace, EndsAtOnceWhenAllAreRefused) {
  const Port refusing;
  const auto addresses = addresses_of({&refusing, &refusing});
  const auto winner = ConnectRace(addresses, Clock::now() + never, never).run();
  ASSERT_FALSE(winner);
  EXPECT_EQ(winner.error(), (ConnectRace::Causes{ECONNREFUSED, ECONNREFUSED}));
}

}  // namespace
}  // namespace yodel::client
