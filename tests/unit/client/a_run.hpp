// A run for tests, as a record and as JSON.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "client/bench/record.hpp"
#include "client/report/run_json.hpp"

namespace yodel::client {

// Returns a run of a second that measured 1 to 1000 ms, each once, and lost one reply and two
// segments and a SYN.
inline RunRecord a_record() {
  using namespace std::chrono_literals;
  bench::BenchPlan plan;
  plan.server = "192.0.2.1:9999";
  plan.duration = 1s;
  plan.connections = 3;
  bench::BenchResult result;
  result.elapsed = 1s;
  for (int i = 1; i <= 1000; ++i) {
    ++result.tally.replies;
    result.tally.record(TimeKind::round_trip, std::chrono::milliseconds(i));
    result.tally.series.reply(std::chrono::milliseconds(i - 1), std::chrono::milliseconds(i));
  }
  result.tally.record(TimeKind::connect, 20us);
  result.tally.tcp.add({.rtt = 50us, .min_rtt = 30us, .retransmits = 3, .mss = 1448}, 1);
  result.tally.fail(RequestError::reset, "connection reset by peer", 450ms);
  return bench::record_of(plan, result);
}

inline std::string a_run() {
  return to_json(a_record());
}

inline RunRecord record_in(const std::string& text) {
  auto run = parse_run(text);
  if (!run) throw std::runtime_error(run.error().text);
  return *run;
}

inline const std::size_t round_trip = index_of(TimeKind::round_trip);
inline const std::size_t whole = index_of(TimeKind::whole);

}  // namespace yodel::client
