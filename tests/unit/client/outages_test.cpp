#include "client/ping/outages.hpp"

#include <gtest/gtest.h>

namespace yodel::client::ping {
namespace {

using namespace std::chrono_literals;

const posix::Clock::time_point start(1h);
const WallClock::time_point wall_start(24h);

Moment at(std::chrono::milliseconds time) {
  return {start + time, wall_start + time};
}

Outcome answered() {
  return {.sequence = 1, .result = Reply{}, .local = {}};
}

Outcome failed(ProbeError::Kind kind, bool collateral = false) {
  return {.sequence = 1,
          .result = tl::make_unexpected(
              ProbeError{.kind = kind, .failure = {}, .collateral = collateral}),
          .local = {}};
}

Outcome lost() {
  return failed(ProbeError::Kind::lost);
}

void expect_outage(const Outage& outage, std::chrono::milliseconds from,
                   std::chrono::milliseconds to, std::uint64_t lost_in_it) {
  EXPECT_EQ(outage.from, wall_start + from);
  ASSERT_TRUE(outage.to);
  EXPECT_EQ(*outage.to, wall_start + to);
  EXPECT_EQ(outage.length, to - from);
  EXPECT_EQ(outage.lost, lost_in_it);
}

TEST(Outages, AreNoneWhileAllIsAnswered) {
  Outages outages;
  outages.add(answered(), start, at(1ms));
  outages.path_answers(at(2ms));
  EXPECT_EQ(outages.figures(at(1s)).count, 0U);
  EXPECT_TRUE(outages.figures(at(1s)).is_over());
}

TEST(Outages, LastFromTheFirstLostProbeToTheNextAnswer) {
  Outages outages;
  outages.add(answered(), start, at(1ms));
  outages.add(lost(), start + 1s, at(3s));
  outages.add(lost(), start + 2s, at(4s));
  outages.add(answered(), start + 3s, at(5s));
  const auto figures = outages.figures(at(1h));
  ASSERT_EQ(figures.count, 1U);
  EXPECT_EQ(figures.total, 4s);
  expect_outage(figures.maximum(), 1s, 5s, 2);
}

TEST(Outages, OfThePathEndWithAConnect) {
  Outages outages;
  outages.path_is_silent(start + 1s, at(2s));
  outages.path_is_silent(start + 2s, at(3s));
  outages.path_answers(at(4s));
  outages.path_answers(at(5s));
  expect_outage(outages.figures(at(1h)).maximum(), 1s, 4s, 0);
}

// The kernel accepts connects for a server that hangs.
TEST(Outages, OfTheServerDoNotEndWithAConnect) {
  Outages outages;
  outages.add(lost(), start, at(1s));
  outages.path_answers(at(2s));
  EXPECT_TRUE(outages.is_open());
  outages.add(answered(), start + 2s, at(3s));
  expect_outage(outages.figures(at(1h)).maximum(), 0s, 3s, 1);
}

TEST(Outages, EndWithAWrongAnswerToo) {
  Outages outages;
  outages.add(lost(), start, at(1s));
  outages.add(failed(ProbeError::Kind::wrong), start + 1s, at(2s));
  EXPECT_FALSE(outages.is_open());
}

// A probe that was sent in an outage may be given up after it.
TEST(Outages, CountProbesThatAreGivenUpLater) {
  Outages outages;
  outages.path_is_silent(start + 1s, at(2s));
  outages.path_answers(at(4s));
  outages.add(lost(), start + 3s, at(13s));
  auto figures = outages.figures(at(1h));
  ASSERT_EQ(figures.count, 1U);
  expect_outage(figures.maximum(), 1s, 4s, 1);
  outages.add(lost(), start + 5s, at(15s));
  EXPECT_EQ(outages.figures(at(1h)).count, 2U);
}

// The server has answered, and the client gave the connection up.
TEST(Outages, DoNotBeginWithProbesLostByAWrongAnswer) {
  Outages outages;
  outages.add(failed(ProbeError::Kind::wrong), start, at(1s));
  outages.add(failed(ProbeError::Kind::lost, true), start, at(1s));
  EXPECT_EQ(outages.figures(at(1h)).count, 0U);
}

TEST(Outages, LastUntilNowIfTheyAreNotOver) {
  Outages outages;
  outages.add(lost(), start, at(1s));
  const auto figures = outages.figures(at(7s));
  EXPECT_FALSE(figures.is_over());
  ASSERT_EQ(figures.count, 1U);
  EXPECT_EQ(figures.total, 7s);
  EXPECT_EQ(figures.maximum().length, 7s);
  EXPECT_FALSE(figures.maximum().to);
}

// A clock that is set meanwhile changes no length.
TEST(Outages, AreMeasuredByTheClockThatNobodySets) {
  Outages outages;
  outages.add(lost(), start, at(1s));
  outages.add(answered(), start + 2s, {start + 3s, wall_start + 5h});
  const Outage outage = outages.figures(at(1h)).maximum();
  EXPECT_EQ(outage.length, 3s);
  EXPECT_EQ(outage.from, wall_start);
  EXPECT_EQ(*outage.to, wall_start + 5h);
}

TEST(Outages, KeepTheLongest) {
  Outages outages;
  constexpr std::uint64_t all = 3 * max_kept_outages;
  for (std::uint64_t i = 1; i <= all; ++i) {
    const auto begin = i * 1h;
    outages.add(lost(), start + begin, at(begin + 1s));
    outages.add(answered(), start + begin, at(begin + (i % 2 == 0 ? 1 : i) * 1s));
  }
  const auto figures = outages.figures(at(1000h));
  EXPECT_EQ(figures.count, all);
  EXPECT_EQ(figures.longest.size(), max_kept_outages);
  EXPECT_EQ(figures.maximum().length, 299s);
  for (std::size_t i = 1; i < figures.longest.size(); ++i)
    EXPECT_LT(figures.longest[i - 1].from, figures.longest[i].from);
}

}  // namespace
}  // namespace yodel::client::ping
