// How long an acceptor keeps retired listeners open.

#include "acceptor/retired.hpp"

#include <array>
#include <gtest/gtest.h>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>

#include "posix/descriptor.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::acceptor {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

constexpr int first = 200;  // this number and the next are free here

TEST(RetiredListeners, AreClosedAfterTheirTimeWhenNobodyWaits) {
  const auto idle = tests::listen_anywhere();
  const auto busy = tests::listen_anywhere();
  ASSERT_EQ(::dup2(idle.fd.get(), first), first);
  ASSERT_EQ(::dup2(busy.fd.get(), first + 1), first + 1);
  const Clock::time_point end{1h};
  RetiredListeners retired(first, 2, end);
  EXPECT_EQ(retired.next_due(end - 1ns), end);
  EXPECT_EQ(retired.next_due(end), std::nullopt) << "from then on the sockets themselves wake it";
  const tests::Connection waiting(busy.address);

  std::array<pollfd, 4> room{};
  const auto poll_at = [&](Clock::time_point now) {
    const auto fds = retired.watch(room);
    EXPECT_GE(::poll(fds.data(), fds.size(), 0), 0);
    retired.close_expired(fds, now);
    return retired.watch(room).size();
  };
  EXPECT_EQ(poll_at(end - 1ns), 2U);
  EXPECT_EQ(poll_at(end), 1U);
  EXPECT_EQ(room[0].fd, first + 1);
  EXPECT_EQ(poll_at(end + 1h), 1U) << "a peer still waits";
  posix::Descriptor(::accept4(first + 1, nullptr, nullptr, SOCK_CLOEXEC)).reset();
  EXPECT_EQ(poll_at(end + 1h), 0U);
  EXPECT_EQ(retired.next_due(end - 1ns), std::nullopt);
}

}  // namespace
}  // namespace yodel::acceptor
