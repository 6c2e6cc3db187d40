// The options that connections inherit from a listening socket.

#include "manager/socket_options.hpp"

#include <array>
#include <gtest/gtest.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include "manager/listener.hpp"
#include "posix/descriptor.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

seconds total(const Keepalive& keepalive) {
  return seconds(keepalive.idle + keepalive.interval * keepalive.probes);
}

TEST(Keepalive, LastsAsLongAsTheFileSays) {
  for (const milliseconds time :
       {milliseconds(2s), milliseconds(3s), milliseconds(7s), milliseconds(2min), milliseconds(18h),
        milliseconds(37h), milliseconds(hours(24 * 7)), milliseconds(hours(24 * 7) + 11s),
        config::max_peer_timeout}) {
    const auto keepalive = keepalive_for(time);
    EXPECT_EQ(total(keepalive), time) << time.count();
  }
  EXPECT_EQ(total(keepalive_for(1ms)), 2s);
  EXPECT_EQ(total(keepalive_for(2001ms)), 3s) << "rounded up";
  EXPECT_EQ(keepalive_for(2min), (Keepalive{.idle = 60, .interval = 15, .probes = 4}));
}

TEST(Keepalive, IsAcceptedByTheKernel) {
  const seconds max = std::chrono::duration_cast<seconds>(config::max_peer_timeout);
  const posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (seconds time = 1s; time <= max; time += 997s) {
    const auto keepalive = keepalive_for(time);
    for (const auto& [option, value] :
         {std::pair{TCP_KEEPIDLE, keepalive.idle}, std::pair{TCP_KEEPINTVL, keepalive.interval},
          std::pair{TCP_KEEPCNT, keepalive.probes}}) {
      ASSERT_EQ(::setsockopt(socket.get(), IPPROTO_TCP, option, &value, sizeof value), 0)
          << time.count() << ": option " << option << " = " << value;
    }
  }
}

int option_of(int socket, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket, level, option, &value, &size), 0);
  return value;
}

// A connection that `listener` has accepted, and its peer.
struct Accepted {
  explicit Accepted(const Listener& listener)
      : peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = to_socket_address(listener.bound(), 0);
    EXPECT_EQ(::connect(peer.get(), address.get(), address.size), 0);
    connection.reset(::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  [[nodiscard]] int option(int level, int name) const {
    return option_of(connection.get(), level, name);
  }

  posix::Descriptor peer;
  posix::Descriptor connection;
};

config::Listen listen_with_buffer(std::uint32_t size) {
  config::Listen listen;
  listen.endpoint = *protocol::parse_endpoint("127.0.0.1");
  listen.socket_buffer = size;
  return listen;
}

TEST(SocketBuffer, IsInheritedFromTheFirstConnectionOn) {
  const auto listener = Listener::bind(listen_with_buffer(20'000));
  const Accepted accepted(listener);
  EXPECT_EQ(accepted.option(SOL_SOCKET, SO_SNDBUF), 40'000) << "doubled, socket(7)";
  EXPECT_EQ(accepted.option(SOL_SOCKET, SO_RCVBUF), 40'000);
}

TEST(SocketBuffer, HoldsForAPassedSocketToo) {
  posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto listen = listen_with_buffer(20'000);
  const auto address = to_socket_address(listen.endpoint, 0);
  ASSERT_EQ(::bind(socket.get(), address.get(), address.size), 0);
  ASSERT_EQ(::listen(socket.get(), 5), 0);
  const auto listener = Listener::adopt({.fd = std::move(socket), .stored_as = ""}, listen);
  listener.set_buffers(listen.socket_buffer);
  EXPECT_EQ(Accepted(listener).option(SOL_SOCKET, SO_SNDBUF), 40'000);
}

TEST(SocketBuffer, CanBeLeftToTheKernelAgain) {
  const auto listener = Listener::bind(listen_with_buffer(20'000));
  listener.set_buffers(0);
  const Accepted accepted(listener);
  // Neither buffer has a fixed size: SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK are unset.
  EXPECT_EQ(accepted.option(SOL_SOCKET, SO_BUF_LOCK), 0);
  listener.set_buffers(30'000);
  EXPECT_EQ(Accepted(listener).option(SOL_SOCKET, SO_RCVBUF), 60'000);
}

// Returns whether a connection that `listener` accepts now has its SYN and stamps arrivals.
bool keeps_arrivals(const Listener& listener) {
  const Accepted accepted(listener);
  std::array<char, 256> syn{};
  socklen_t size = syn.size();
  const bool has_syn =
      ::getsockopt(accepted.connection.get(), IPPROTO_TCP, TCP_SAVED_SYN, syn.data(), &size) == 0 &&
      size >= 40;
  const int stamps = accepted.option(SOL_SOCKET, SO_TIMESTAMPING);
  EXPECT_EQ(has_syn, stamps == (SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE));
  return has_syn;
}

TEST(ArrivalRecords, AreKeptForProbeFromTheFirstConnectionOn) {
  auto listen = listen_with_buffer(0);
  listen.protocol = protocol::Protocol::probe;
  EXPECT_TRUE(keeps_arrivals(Listener::bind(listen)));
}

TEST(ArrivalRecords, FollowTheProtocolOfAReload) {
  for (const auto other : {protocol::Protocol::greet, protocol::Protocol::echo}) {
    auto listen = listen_with_buffer(0);
    listen.protocol = other;
    const auto listener = Listener::bind(listen);
    EXPECT_FALSE(keeps_arrivals(listener));
    listener.set_arrival_records(protocol::Protocol::probe);
    EXPECT_TRUE(keeps_arrivals(listener));
    listener.set_arrival_records(other);
    EXPECT_FALSE(keeps_arrivals(listener));
  }
}

// Returns how long a connection of `listener` that sends nothing waits, in seconds.
int wait_of(const Listener& listener) {
  return option_of(listener.descriptor(), IPPROTO_TCP, TCP_DEFER_ACCEPT);
}

TEST(WaitForHeader, FollowsProxyFromAndLeavesAnotherTimeAlone) {
  auto listen = listen_with_buffer(0);
  EXPECT_EQ(wait_of(Listener::bind(listen)), 0);
  listen.proxy_from = {protocol::parse_network("127.0.0.0/8").value()};
  const auto listener = Listener::bind(listen);
  EXPECT_EQ(wait_of(listener), 1);
  listener.set_wait_for_header(false);
  EXPECT_EQ(wait_of(listener), 0);
  // As DeferAcceptSec= sets it. The kernel counts it in repeated SYN-ACKs, after 1, 3 and 7 s.
  constexpr int seven = 7;
  ::setsockopt(listener.descriptor(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seven, sizeof seven);
  listener.set_wait_for_header(false);
  EXPECT_EQ(wait_of(listener), seven);
  listener.set_wait_for_header(true);
  EXPECT_EQ(wait_of(listener), 1);
}

}  // namespace
}  // namespace yodel::manager
