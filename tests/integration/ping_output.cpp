#include "tests/integration/ping_output.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace yodel::tests {

const std::string figures = "time min/avg/max/mdev = T/T/T/T ms\ntime p50/p90/p99 = T/T/T ms\n";

namespace {

// Returns the output of a ping over one connection whose probes are all answered.
std::string all_well(int count, std::size_t bytes, const std::string& what) {
  std::string text = "ping PEER: " + what + "\n";
  for (int i = 1; i <= count; ++i) {
    text += "reply from PEER: seq=" + std::to_string(i) + " bytes=" + std::to_string(bytes) +
            " time=T ms\n";
  }
  const auto n = std::to_string(count);
  return text + counts(n + " sent, " + n + " received, 0 wrong, 0 lost (0%)") + figures;
}

}  // namespace

std::vector<nlohmann::json> json_lines(const std::string& output) {
  std::vector<nlohmann::json> found;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    found.push_back(nlohmann::json::parse(line));
  return found;
}

std::string shape(const std::string& text, const std::string& peer) {
  static const std::regex time(R"(\b[0-9]+\.[0-9]{3}\b|time [0-9]+(?= ms))");
  static const std::regex blanks(" {2,}");
  // A busy machine repeats segments even on loopback.
  static const std::regex chance(
      R"(\n[0-9]+ (outages?, [^\n]*|retransmits?)(?=\n)| retransmits=[0-9]+)");
  const auto without = std::regex_replace(replaced(text, peer, "PEER"), chance, "");
  return std::regex_replace(std::regex_replace(without, time, "T"), blanks, " ");
}

std::string table(const std::vector<std::string>& parts) {
  std::string text = "ms min avg max mdev p50 p90 p99\n";
  for (const auto& part : parts)
    text += part + " T T T T T T T\n";
  return text;
}

void expect_narrow(const std::string& output) {
  constexpr std::size_t columns = 80;
  std::istringstream lines(output.substr(output.find("\n--- ") + 1));
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), columns) << line;
}

std::string counts(const std::string& text) {
  return "\n--- PEER ping statistics ---\n" + text + ", T ms\n";
}

void expect_all_well(const std::string& server, const Words& words, int count, std::size_t bytes,
                     const std::string& what) {
  const Outcome outcome =
      run(with_arguments(ping(server, words), {"-i", "0", "-c", std::to_string(count)}));
  expect_outcome(outcome, 0, "");
  EXPECT_EQ(shape(outcome.output, server),
            all_well(count, bytes, what + ", each as soon as the last is answered"));
}

}  // namespace yodel::tests
