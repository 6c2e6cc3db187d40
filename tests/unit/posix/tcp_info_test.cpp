#include "posix/tcp_info.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string_view>
#include <sys/socket.h>

#include "posix/descriptor.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::posix {
namespace {

using namespace std::chrono_literals;

TEST(TcpInfo, HasTheKernelsFigures) {
  const auto listener = tests::listen_anywhere();
  tests::Connection client(listener.address);
  const Descriptor server(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  client.send("x");
  std::array<char, 1> byte{};
  ASSERT_EQ(::recv(server.get(), byte.data(), byte.size(), 0), 1);
  const auto info = tcp_info(server.get());
  ASSERT_TRUE(info);
  EXPECT_GT(info->rtt, 0us);
  EXPECT_LE(info->min_rtt, info->rtt);
  EXPECT_GE(info->mss, 536U);  // RFC 9293, 3.7.1
  EXPECT_EQ(info->retransmits, 0U);
  EXPECT_EQ(info->retransmitted_bytes, 0U);
}

TEST(TcpInfo, IsThereAfterTheEndOfTheConnection) {
  const auto listener = tests::listen_anywhere();
  Descriptor server;
  {
    tests::Connection client(listener.address);
    server = Descriptor(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  std::array<char, 1> byte{};
  ASSERT_EQ(::recv(server.get(), byte.data(), byte.size(), 0), 0);
  ASSERT_EQ(::shutdown(server.get(), SHUT_RDWR), 0);
  const auto info = tcp_info(server.get());
  ASSERT_TRUE(info);
  EXPECT_GT(info->rtt, 0us);
  EXPECT_GT(info->mss, 0U);
}

TEST(TcpInfo, IsNotThereForOtherSockets) {
  for (const int family : {AF_UNIX, AF_INET}) {
    const int type = family == AF_UNIX ? SOCK_STREAM : SOCK_DGRAM;
    const Descriptor socket(::socket(family, type | SOCK_CLOEXEC, 0));
    EXPECT_FALSE(tcp_info(socket.get()));
  }
  EXPECT_FALSE(tcp_info(-1));
}

}  // namespace
}  // namespace yodel::posix
