// When an acceptor that died or could not be started is restarted.

#include "manager/supervisor/restart_policy.hpp"

#include <gtest/gtest.h>

#include "posix/poll.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;

TEST(RestartPolicy, RestartsAtOnceAfterTheFirstDeath) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  policy.started(now);
  EXPECT_EQ(policy.died(now + 1s), now + 1s);
}

TEST(RestartPolicy, BacksOffAndGivesUp) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  auto last = 0ns;
  for (int i = 1; i <= RestartPolicy::max_deaths; ++i) {
    policy.started(now);
    const auto again = policy.died(now);
    ASSERT_TRUE(again) << i;
    EXPECT_GE(*again - now, last);
    EXPECT_LE(*again - now, RestartPolicy::max_delay);
    last = *again - now;
  }
  EXPECT_EQ(last, RestartPolicy::max_delay);
  policy.started(now);
  EXPECT_FALSE(policy.died(now));
}

// An acceptor that was never started has not died.
TEST(RestartPolicy, NeverGivesUpAfterFailuresToStart) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  policy.started(now);
  EXPECT_EQ(policy.not_started(now), now + RestartPolicy::first_delay);
  for (int i = 0; i < 1000; ++i)
    EXPECT_LE(policy.not_started(now), now + RestartPolicy::max_delay);
  EXPECT_EQ(policy.not_started(now), now + RestartPolicy::max_delay);
  EXPECT_EQ(policy.died(now), now) << "failures to start do not count as deaths";
  policy.served();
  EXPECT_EQ(policy.not_started(now), now + RestartPolicy::first_delay);
}

TEST(RestartPolicy, ForgetsDeathsAfterALongLife) {
  RestartPolicy policy;
  const auto now = posix::Clock::now();
  for (int i = 0; i < 100; ++i) {
    policy.started(now);
    const auto died = now + RestartPolicy::forgiven_after;
    EXPECT_EQ(policy.died(died), died);
  }
}

}  // namespace
}  // namespace yodel::manager
