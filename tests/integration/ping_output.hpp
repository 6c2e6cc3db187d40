// What `yodel ping` prints, with T for each time, which no test can know, and PEER for the server.
#pragma once

#include <cstddef>
#include <string>

#include "tests/integration/client.hpp"

namespace yodel::tests {

// Brings what it has printed into that form.
[[nodiscard]] std::string shape(const std::string& text, const std::string& peer);

// The head of the summary, in which `text` counts the probes.
[[nodiscard]] std::string counts(const std::string& text);

// Expects of so many pings over one connection that all goes well: each reply has so many bytes,
// and `what` is what the first line says that it does.
void expect_all_well(const std::string& server, const Words& words, int count, std::size_t bytes,
                     const std::string& what);

}  // namespace yodel::tests
