// When sessions are signalled to end: by reloads, and all of an acceptor's at a stop.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <set>
#include <sys/types.h>
#include <utility>

#include "manager/supervisor/deadlines.hpp"
#include "manager/supervisor/end_wave.hpp"
#include "posix/poll.hpp"
#include "posix/shared_memory.hpp"
#include "protocol/launch.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

const Clock::time_point start{1h};

EndTimes times(Clock::duration grace) {
  const auto end = start + grace;
  return {.end = end, .hurry = end + 10s, .kill = end + 13s};
}

TEST(SessionDeadlines, AreEndHurryAndKill) {
  SessionDeadlines deadlines;
  EXPECT_FALSE(deadlines.next());
  deadlines.add(7, times(1h));
  EXPECT_EQ(deadlines.next(), start + 1h);
  EXPECT_FALSE(deadlines.take_due(start + 1h - 1ns));
  const std::pair<Clock::duration, int> expected[] = {
      {1h, protocol::end_signal}, {1h + 10s, protocol::hurry_signal}, {1h + 13s, SIGKILL}};
  for (const auto& [after, signal] : expected) {
    const auto due = deadlines.take_due(start + after);
    ASSERT_TRUE(due);
    EXPECT_EQ(due->signal, signal);
    EXPECT_EQ(due->below, 7U);
    EXPECT_FALSE(deadlines.take_due(start + after)) << "only once";
  }
  EXPECT_FALSE(deadlines.next());
}

TEST(SessionDeadlines, OfALaterReloadMayComeFirst) {
  SessionDeadlines deadlines;
  deadlines.add(1, times(1h));
  deadlines.add(2, times(1s));
  EXPECT_EQ(deadlines.next(), start + 1s);
  EXPECT_EQ(deadlines.take_due(start + 1s)->below, 2U);
}

TEST(SessionDeadlines, OfAStormOfReloadsAreShared) {
  SessionDeadlines deadlines;
  constexpr std::uint32_t reloads = 10'000;
  for (std::uint32_t revision = 1; revision <= reloads; ++revision)
    deadlines.add(revision, times(1h + revision * 1ms));
  std::size_t count = 0;
  std::uint32_t last = 0;
  while (const auto due = deadlines.take_due(start + 2h)) {
    ++count;
    last = std::max(last, due->below);
  }
  EXPECT_LE(count, 3 * (reloads / 1000 + 1));
  EXPECT_EQ(last, reloads) << "the newest is included";
}

struct EndWaves : ::testing::Test {
  static constexpr std::uint32_t capacity = 1000;
  void SetUp() override {
    for (std::uint32_t i = 0; i < capacity; ++i) {
      auto& entry = board.entries()[i];
      entry.pid = static_cast<pid_t>(i + 1);
      // Some sessions have ended, others have no process yet.
      entry.number = i % 10 == 0 ? 0 : i + 1;
      if (i % 10 == 1) entry.pid = 0;
    }
    board.header().used = capacity;
    board.header().running = capacity * 8 / 10;
  }
  std::size_t signalled_at(Clock::time_point now) {
    const auto before = signalled.size();
    wave.advance(board, now, [&](const protocol::ScoreboardEntry& entry, std::uint64_t number) {
      EXPECT_EQ(number, entry.number);
      EXPECT_TRUE(signalled.insert(entry.pid).second) << entry.pid;
    });
    return signalled.size() - before;
  }
  void end(std::uint64_t sessions) const { board.header().running -= sessions; }

  posix::SharedMemory memory = posix::SharedMemory::create(protocol::Scoreboard::size(capacity));
  protocol::Scoreboard board{memory.bytes(), capacity};
  EndWave wave;
  std::set<pid_t> signalled;
};

constexpr std::uint32_t all = UINT32_MAX;

TEST_F(EndWaves, SignalsOneMoreForEachThatEnds) {
  wave.begin(all, start);
  EXPECT_EQ(signalled_at(start), EndWave::max_under_way);
  EXPECT_EQ(signalled_at(start), 0U) << "max_under_way are ending";
  EXPECT_EQ(wave.next(), start + EndWave::interval);
  end(5);
  EXPECT_EQ(signalled_at(start), 5U);
  while (wave.is_under_way()) {
    end(1);
    (void)signalled_at(start);
  }
  EXPECT_EQ(signalled.size(), capacity * 8 / 10) << "each session with a process, once";
  EXPECT_FALSE(wave.next());
}

TEST_F(EndWaves, DoesNotWaitForSlowSessions) {
  wave.begin(all, start);
  EXPECT_EQ(signalled_at(start), EndWave::max_under_way);
  EXPECT_EQ(signalled_at(start + EndWave::patience - 1ns), 0U);
  EXPECT_EQ(signalled_at(start + EndWave::patience), EndWave::max_under_way);
}

TEST_F(EndWaves, StartsOverWithAnotherSignal) {
  wave.begin(all, start);
  (void)signalled_at(start);
  signalled.clear();
  wave.begin(all, start);
  EXPECT_EQ(signalled_at(start), EndWave::max_under_way);
  EXPECT_TRUE(signalled.contains(3)) << "starts with the first one";
}

TEST_F(EndWaves, ConcernsPreviousSettingsOnly) {
  for (auto& entry : board.entries())
    entry.revision = entry.pid < 100 ? 1 : 2;
  wave.begin(2, start);
  (void)signalled_at(start);
  EXPECT_FALSE(wave.is_under_way());
  EXPECT_EQ(signalled.size(), 79U);
  EXPECT_LT(*signalled.rbegin(), 100);
}

}  // namespace
}  // namespace yodel::manager
