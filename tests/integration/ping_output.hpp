// The output of `yodel ping`, with PEER for the server and T for each time, which no test can know.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"

namespace yodel::tests {

// Returns the objects of an output of `yodel ping --json`, one from each line.
[[nodiscard]] std::vector<nlohmann::json> json_lines(const std::string& output);

// Returns `text`, an output, in that form, with each run of spaces as one, and without retransmits
// and the line of outages, which ping_outages_test.cpp checks.
[[nodiscard]] std::string shape(const std::string& text, const std::string& peer);

// The times at the end of a summary, with one time for each reply.
extern const std::string figures;

// Returns the times at the end of a summary with these parts.
[[nodiscard]] std::string table(const std::vector<std::string>& parts);
// Expects no line of the summary in `output` to have more than 80 columns.
void expect_narrow(const std::string& output);

// Returns the beginning of a summary, in which `text` has the counts of the probes.
[[nodiscard]] std::string counts(const std::string& text);

// Expects `count` probes over one connection to be answered with `bytes` bytes each, and the first
// line to describe them as `what`.
void expect_all_well(const std::string& server, const Words& words, int count, std::size_t bytes,
                     const std::string& what);

}  // namespace yodel::tests
