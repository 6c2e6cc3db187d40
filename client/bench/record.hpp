// Makes the record of a run, which summary, JSON and report show.
#pragma once

#include "client/bench/bench.hpp"
#include "client/bench/plan.hpp"
#include "client/report/run_record.hpp"

namespace yodel::client::bench {

// Returns the record of the run of `plan` that measured `result`.
[[nodiscard]] RunRecord record_of(const BenchPlan& plan, const BenchResult& result);

}  // namespace yodel::client::bench
