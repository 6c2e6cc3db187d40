// What a run of `yodel bench` has come to, in words and in JSON.
#pragma once

#include <string>
#include <vector>

#include "client/bench/bench.hpp"
#include "client/bench/plan.hpp"

namespace yodel::client::bench {

// "greet, 8 connections, a new one for each request, closed loop, 16 bytes of message"
[[nodiscard]] std::string description(const BenchPlan& plan);

// Why the figures tell of this client, or of the machine under it, rather than of the server;
// empty: they do not. Each is a sentence.
[[nodiscard]] std::vector<std::string> client_limits(const BenchPlan& plan,
                                                     const BenchResult& result);

// "3 refused, 1 timed out"; empty: nothing has failed.
[[nodiscard]] std::string errors_text(const Tally& tally);

// Some lines for a person.
[[nodiscard]] std::string summary_text(const BenchPlan& plan, const BenchResult& result);

// One object, as yodel.1 describes it: what was run, the figures, the histograms and the course.
[[nodiscard]] std::string summary_json(const BenchPlan& plan, const BenchResult& result);

}  // namespace yodel::client::bench
