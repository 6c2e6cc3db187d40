// The figures of a run of `yodel bench`, and what the records of the server say of the same.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"

namespace yodel::tests {

// Runs it with its figures on standard output, expects that it ends with `status`, and returns
// them.
[[nodiscard]] nlohmann::json figures(const std::string& server, const Words& words, int status = 0);

// What the records of all sessions come to.
struct Account {
  std::uint64_t sessions = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};
// `records`: lines of a yodeld's log. Lines that are no session's do not count.
[[nodiscard]] Account account_of(const std::vector<std::string>& records);

}  // namespace yodel::tests
