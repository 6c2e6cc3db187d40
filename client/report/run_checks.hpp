// What is wrong with the JSON of a run although each of its values is possible.
#pragma once

#include <optional>

#include "client/report/run_json.hpp"
#include "client/report/run_record.hpp"
#include "text/json.hpp"
#include "text/json_place.hpp"

namespace yodel::client {

// Throws text::Mismatch if the bins, or the least and the greatest time, contradict the count or
// each other.
void check_latency(const text::Place& place, const LatencyRecord& latency);
// Throws text::Mismatch if the lists are not of one length.
void check_time_series(const text::Place& place, const TimeSeriesRecord& series);
// Returns why a run that another version of yodel has written cannot be read; std::nullopt if this
// version wrote it, or it is no run.
[[nodiscard]] std::optional<RunFault> fault_of_schema(const text::Json& document);

}  // namespace yodel::client
