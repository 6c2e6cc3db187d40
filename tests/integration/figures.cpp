#include "tests/integration/figures.hpp"

#include <gtest/gtest.h>

namespace yodel::tests {
namespace {

std::uint64_t field(const std::string& record, const std::string& name) {
  const auto at = record.find(" " + name + "=");
  return at == std::string::npos ? 0 : std::stoull(record.substr(at + name.size() + 2));
}

}  // namespace

nlohmann::json figures(const std::string& server, const Words& words, int status) {
  const auto outcome = run(with_arguments(bench(server, words), {"--json", "-"}), long_patience);
  EXPECT_EQ(outcome.exit.status, status) << outcome.errors << outcome.output;
  return nlohmann::json::parse(outcome.output);
}

Account account_of(const std::vector<std::string>& records) {
  Account account;
  for (const auto& record : records) {
    if (record.find(" close_reason=") == std::string::npos) continue;
    ++account.sessions;
    account.messages += field(record, "messages");
    account.bytes_in += field(record, "bytes_in");
    account.bytes_out += field(record, "bytes_out");
  }
  return account;
}

}  // namespace yodel::tests
