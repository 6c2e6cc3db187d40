// How often acceptors are pinged.

#include "manager/supervisor/heartbeat.hpp"

#include <gtest/gtest.h>
#include <optional>

#include "posix/poll.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

using posix::Clock;

TEST(Heartbeat, IsSlowWithoutAWatchdog) {
  Heartbeat heartbeat(std::nullopt);
  const auto now = Clock::now();
  EXPECT_LE(heartbeat.next(), now) << "the first one is at once";
  heartbeat.beat(now);
  EXPECT_EQ(heartbeat.next(), now + Heartbeat::max_interval);
  EXPECT_EQ(heartbeat.pong_deadline(now), now + Heartbeat::max_pong_wait);
}

TEST(Heartbeat, IsWellWithinTheWatchdogTimeout) {
  Heartbeat heartbeat(1s);
  const auto now = Clock::now();
  heartbeat.beat(now);
  EXPECT_EQ(heartbeat.next(), now + 250ms);
  EXPECT_EQ(heartbeat.pong_deadline(now), now + 500ms);
}

TEST(Heartbeat, IsNoSlowerWithALongWatchdogTimeout) {
  Heartbeat heartbeat(1h);
  const auto now = Clock::now();
  heartbeat.beat(now);
  EXPECT_EQ(heartbeat.next(), now + Heartbeat::max_interval);
  EXPECT_EQ(heartbeat.pong_deadline(now), now + Heartbeat::max_pong_wait);
}

}  // namespace
}  // namespace yodel::manager
