// Checks of the JSON of a run beyond the range of each value.
#pragma once

#include <optional>

#include "client/report/run_json.hpp"
#include "client/report/run_record.hpp"
#include "text/json.hpp"
#include "text/json_place.hpp"

namespace yodel::client {

// Throws text::Mismatch if the bins do not add up to the count, or the minimum is above the
// maximum.
void check(const text::Place& place, const LatencyRecord& latency);
// Throws text::Mismatch if more SYNs than segments were sent again, or if the smallest MSS is above
// the largest or one of them is missing.
void check(const text::Place& place, const TcpRecord& tcp);
// Throws text::Mismatch if the lists differ in length.
void check_time_series(const text::Place& place, const TimeSeriesRecord& series);
// Returns why a run that another version of yodel wrote cannot be read, or std::nullopt if its
// schema is the current one or the document is not a run.
[[nodiscard]] std::optional<RunFault> fault_of_schema(const text::Json& document);

}  // namespace yodel::client
