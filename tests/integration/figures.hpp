// The figures of a run of `yodel bench`, and those of the server's records.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"

namespace yodel::tests {

// Runs `yodel bench` with --json, expects it to exit with `status`, and returns its figures.
[[nodiscard]] nlohmann::json figures(const std::string& server, const Words& words, int status = 0);

// The totals of the records of all sessions.
struct Account {
  std::uint64_t sessions = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};
// Returns the totals of `records`, lines of yodeld's log. Ignores lines that are not of a session.
[[nodiscard]] Account account_of(const std::vector<std::string>& records);

}  // namespace yodel::tests
