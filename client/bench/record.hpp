// From what a run has measured to the record that everything shows.
#pragma once

#include "client/bench/bench.hpp"
#include "client/bench/plan.hpp"
#include "client/report/run_record.hpp"

namespace yodel::client::bench {

[[nodiscard]] RunRecord record_of(const BenchPlan& plan, const BenchResult& result);

}  // namespace yodel::client::bench
