// The parts of `yodel bench`: its dialogue, time series, schedule, errors and client limits.

#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "client/bench/record.hpp"
#include "client/bench/schedule.hpp"
#include "client/bench/script.hpp"
#include "client/bench/tally.hpp"
#include "client/measure/figures.hpp"
#include "client/report/summary.hpp"
#include "posix/poll.hpp"

namespace yodel::client::bench {
namespace {

using namespace std::chrono_literals;

TEST(Script, NumbersItsMessages) {
  const Script greet({}, 6);
  std::string request = greet.request();
  std::string reply = greet.reply();
  greet.number(0xabc, request, reply);
  EXPECT_EQ(request, "000abc\n");
  EXPECT_EQ(reply, "hello, 000abc!");
  EXPECT_EQ(greet.farewell(), "exit\n");
  greet.number(0x12345678, request, reply);
  EXPECT_EQ(request, "345678\n") << "as many digits as fit";
}

TEST(Script, PadsLongMessages) {
  const Script echo({.protocol = protocol::Protocol::echo, .welcome = false}, 20);
  std::string request = echo.request();
  std::string reply = echo.reply();
  echo.number(1, request, reply);
  EXPECT_EQ(request, "0000000000000001....");
  EXPECT_EQ(reply, request);
  EXPECT_EQ(echo.farewell(), "");
}

TEST(Script, HasNoNewlineUnframed) {
  const Script script({.framing = Framing::unframed}, 1);
  EXPECT_EQ(script.request(), "0");
  EXPECT_EQ(script.reply(), "hello, 0!");
  EXPECT_EQ(script.farewell(), "exit");
}

TEST(Script, NumbersAProbeInItsIdToo) {
  const Script probe({.protocol = protocol::Protocol::probe}, 20);
  std::string request = probe.request();
  std::string reply = probe.reply();
  probe.number(0xabc, request, reply);
  EXPECT_EQ(request, "0000000000000abc data=0000000000000abc....\n");
  EXPECT_EQ(reply, "0000000000000abc data=0000000000000abc....");
  EXPECT_EQ(probe.farewell(), "");
}

TEST(Tally, SplitsARoundTripUnlessAClockWasSet) {
  Tally tally;
  tally.record_shares(10us, 3us);
  tally.record_shares(10us, 0us);
  tally.record_shares(10us, 10us);
  for (const auto untrue : {-1ns, 10'001ns})
    tally.record_shares(10us, untrue);
  Tally all;
  all.merge(tally);
  all.merge(tally);
  EXPECT_EQ(all.with_shares, 10u);
  EXPECT_EQ(all.unknown_shares, 4u);
  EXPECT_EQ(all.of(TimeKind::server).count(), 6u);
  EXPECT_EQ(all.of(TimeKind::server).percentile(50), 3us);
  EXPECT_EQ(all.of(TimeKind::server).max(), 10us);
  EXPECT_EQ(all.of(TimeKind::network).count(), 6u);
  EXPECT_EQ(all.of(TimeKind::network).percentile(50), 7us);
  EXPECT_EQ(all.of(TimeKind::network).min(), 0us);
}

TEST(Series, CountsByInterval) {
  TimeSeries series;
  series.reply(10ms, 1ms);
  series.reply(99ms, 3ms);
  series.reply(100ms, 2ms);
  series.error(250ms);
  series.error(-5ms);
  ASSERT_EQ(series.intervals().size(), 3u);
  EXPECT_EQ(series.intervals()[0].replies, 2u);
  EXPECT_EQ(series.intervals()[0].errors, 1u);
  EXPECT_EQ(series.intervals()[0].longest, 3ms);
  EXPECT_EQ(series.intervals()[1].replies, 1u);
  EXPECT_EQ(series.intervals()[2].errors, 1u);
}

TEST(Series, HasThePercentilesOfEachInterval) {
  TimeSeries series;
  for (int i = 1; i <= 100; ++i)
    series.reply(50ms, i * 1ms);
  series.reply(150ms, 7ms);
  series.error(250ms);
  const auto& intervals = series.intervals();
  const auto near = [](std::optional<std::chrono::nanoseconds> time, double milliseconds) {
    EXPECT_NEAR(to_milliseconds(time.value()), milliseconds, milliseconds * TimeSeries::precision);
  };
  near(intervals[0].percentile(50), 50);
  near(intervals[0].percentile(99), 99);
  EXPECT_FALSE(intervals[0].percentile(99.9)) << "none of a hundred lies beyond it";
  EXPECT_FALSE(intervals[1].percentile(50)) << "a single reply";
  EXPECT_FALSE(intervals[2].percentile(50)) << "no reply";
  series.reply(150ms, 9ms);
  near(series.intervals()[1].percentile(50), 7);
  TimeSeries other;
  other.reply(60ms, 1h);
  for (int i = 0; i < 99; ++i)
    other.reply(60ms, 0ms);
  near(other.intervals()[0].percentile(50), 0.00102);
  TimeSeries short_ones;
  short_ones.reply(0ms, 10ns);
  short_ones.reply(0ms, 20ns);
  EXPECT_EQ(short_ones.intervals()[0].percentile(50), 20ns) << "none is above the longest";
  other.merge(series);
  near(other.intervals()[0].percentile(75), 51);
  near(other.intervals()[0].percentile(99.5), 100);
}

TEST(Series, StaysBoundedAndLosesNothing) {
  TimeSeries series;
  for (int second = 0; second < 10'000; ++second)
    series.reply(std::chrono::seconds(second), std::chrono::milliseconds(second));
  EXPECT_LE(series.intervals().size(), TimeSeries::max_intervals);
  std::uint64_t sum = 0;
  for (const auto& interval : series.intervals())
    sum += interval.replies;
  EXPECT_EQ(sum, 10'000u);
  std::uint64_t in_bins = 0;
  for (const auto& interval : series.intervals()) {
    EXPECT_LE(interval.bins.size(), 562u);
    in_bins += std::accumulate(interval.bins.begin(), interval.bins.end(), std::uint64_t{0});
  }
  EXPECT_EQ(in_bins, 10'000u);
  EXPECT_EQ(series.intervals().back().longest, 9999ms);
}

TEST(Series, MergesIntervalsOfOtherLengths) {
  TimeSeries coarse;
  coarse.reply(1000s, 1ms);
  TimeSeries fine;
  fine.reply(0s, 5ms);
  fine.reply(1s, 1ms);
  for (auto [a, b] : {std::pair(coarse, fine), std::pair(fine, coarse)}) {
    a.merge(b);
    EXPECT_EQ(a.length(), coarse.length());
    EXPECT_EQ(a.intervals().front().replies, 2u);
    EXPECT_EQ(a.intervals().front().longest, 5ms);
    EXPECT_EQ(a.intervals().back().replies, 1u);
  }
}

TEST(ClientLimits, AreEmptyForAnIdleClient) {
  BenchResult result;
  // The drain is longer than the run: processor time taken over both is divided by both.
  result.elapsed = 2s;
  result.tally.at_work = 10s;
  result.tally.busiest = {.busy = 3s, .waited = 1s};
  result.tally.record(TimeKind::send_delay, 100us);
  EXPECT_TRUE(record_of({}, result).client_limits.empty());
}

TEST(ClientLimits, AreTheProcessorSendDelayAndResources) {
  BenchResult result;
  result.elapsed = 10s;
  result.tally.at_work = 10s;
  result.tally.busiest = {.busy = 8s, .waited = 2s};
  result.tally.record(TimeKind::send_delay, 2ms);
  result.tally.fail(RequestError::no_resources, "too many open files", 1s);
  const auto record = record_of({}, result);
  const auto& limits = record.client_limits;
  ASSERT_EQ(limits.size(), 3u);
  EXPECT_EQ(limits[0],
            "its busiest thread ran for 80 % of the time and waited for a processor for 20 %");
  EXPECT_TRUE(limits[1].starts_with("1 % of requests were sent at least 2.00")) << limits[1];
  EXPECT_EQ(limits[2], "it ran out of ports, descriptors or memory 1 time");
  EXPECT_NE(summary_text(record).find("LIMITED BY THE CLIENT: its busiest"), std::string::npos);
}

TEST(BenchSummary, ShowsTheRateInFull) {
  BenchPlan plan;
  plan.rate = 1'234'567;
  EXPECT_EQ(record_of(plan, {}).description,
            "greet, 1 connection, open loop at 1,234,567 requests per second, 16-byte messages");
  plan.rate = 0.1;
  EXPECT_EQ(record_of(plan, {}).description,
            "greet, 1 connection, open loop at 0.1 requests per second, 16-byte messages");
}

TEST(BenchSummary, NamesEachKindOfErrorAndTheFirst) {
  Tally tally;
  EXPECT_EQ(failures_text(tally.errors, tally.first_cause), "0 failed");
  tally.fail(RequestError::reset, "connection reset by peer", 3s);
  Tally other;
  other.fail(RequestError::refused, "connection refused", 2s);
  other.fail(RequestError::refused, "refused again", 4s);
  tally.merge(other);
  EXPECT_EQ(failures_text(tally.errors, tally.first_cause),
            "3 failed: 2 connection refused, 1 connection reset (first: connection refused)");
  tally.merge(Tally{});
  EXPECT_EQ(tally.first_cause, "connection refused");
}

TEST(TcpTally, IsOfAllConnections) {
  Tally tally;
  tally.tcp.add({.rtt = 90us, .min_rtt = 20us, .retransmits = 4, .mss = 1448}, 1);
  Tally other;
  other.tcp.add({.rtt = 50us, .min_rtt = 30us, .retransmits = 2, .mss = 1360}, 0);
  other.tcp.add({.rtt = 70us, .min_rtt = 40us, .mss = 1400}, 0);
  // One that was never established has sent only SYNs; its MSS is a guess.
  other.tcp.add({.retransmits = 3, .mss = 536}, std::nullopt);
  tally.merge(other);
  BenchResult result;
  result.tally = tally;
  const auto record = record_of({}, result).tcp;
  ASSERT_TRUE(record);
  EXPECT_EQ(record->rtt, 0.07) << "the median";
  EXPECT_EQ(record->min_rtt, 0.02);
  EXPECT_EQ(record->retransmits, 9u);
  EXPECT_EQ(record->syn_retransmits, 4u);
  EXPECT_EQ(record->mss, 1360u);
  EXPECT_EQ(record->max_mss, 1448u);
  tally.merge(Tally{});
  EXPECT_EQ(tally.tcp.min_rtt, 20us);
  EXPECT_EQ(tally.tcp.min_mss, 1360u);
  EXPECT_FALSE(record_of({}, {}).tcp) << "no connection, or none over TCP";
}

TEST(BenchSummary, CountsTheDrainSeparately) {
  BenchResult result;
  result.elapsed = 2s;
  result.tally.replies = 1'700;
  result.tally.late = 700;
  result.tally.last = 3s;
  const auto record = record_of({}, result);
  EXPECT_EQ(record.replies, 1'000u);
  EXPECT_EQ(record.replies_per_second, 500);
  EXPECT_EQ(record.replies_after, 700u);
  EXPECT_EQ(record.drain, 1);
  EXPECT_NE(summary_text(record).find("700 more came in the 1.00 s after that"), std::string::npos);
}

TEST(BenchSchedule, IsDividedAmongThreadsWithConnections) {
  BenchPlan plan;
  plan.threads = 4;
  plan.requests = 5;
  Schedule schedule(plan, 3);
  schedule.divide(1, 2);
  schedule.start(posix::Clock::now());
  for (const unsigned number : {1u, 3u}) {
    ASSERT_TRUE(schedule.is_left(posix::Clock::now()));
    EXPECT_EQ(schedule.begin_next(posix::Clock::now()), number);
  }
  EXPECT_FALSE(schedule.is_left(posix::Clock::now()))
      << "of five requests, the second of two threads has two";
}

// Checks the numbers of the requests of one of two threads, and which of them count.
TEST(BenchSchedule, HasTheWarmUpBesidesTheRequests) {
  BenchPlan plan;
  plan.threads = 2;
  plan.rate = 100;
  plan.requests = 5;
  plan.warm_up = 100ms;
  Schedule schedule(plan, 0);
  const auto start = posix::Clock::now();
  schedule.start(start);
  int begun = 0;
  int measured = 0;
  while (schedule.is_left(schedule.due_time())) {
    const auto due = schedule.due_time();
    EXPECT_EQ(schedule.begin_next(due), 2u * static_cast<unsigned>(begun++));
    if (due >= schedule.measured_from()) ++measured;
  }
  EXPECT_EQ(measured, 3) << "the first thread's share of five requests";
  EXPECT_EQ(begun, 5 + 3) << "the warm-up does not count";
}

}  // namespace
}  // namespace yodel::client::bench
