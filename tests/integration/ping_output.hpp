// What `yodel ping` prints, with T for each time, which no test can know, and PEER for the server.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"

namespace yodel::tests {

// Brings what it has printed into that form, and blanks into one.
[[nodiscard]] std::string shape(const std::string& text, const std::string& peer);

// The figures of a summary with one time for each reply.
extern const std::string figures;

// The same with these.
[[nodiscard]] std::string table(const std::vector<std::string>& parts);
// Expects that no line of a summary has more than 80 columns.
void expect_narrow(const std::string& output);

// The head of the summary, in which `text` counts the probes.
[[nodiscard]] std::string counts(const std::string& text);

// Expects of so many pings over one connection that all goes well: each reply has so many bytes,
// and `what` is what the first line says that it does.
void expect_all_well(const std::string& server, const Words& words, int count, std::size_t bytes,
                     const std::string& what);

}  // namespace yodel::tests
