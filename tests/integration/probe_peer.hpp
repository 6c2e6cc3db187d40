// A peer that speaks the probe protocol by itself, without the code under test.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tests/integration/connection.hpp"

namespace yodel::tests {

// A line of the server, split into its words.
struct ProbeLine {
  std::string text;   // without its newline
  std::string first;  // "probe/1", or the ID of a request
  std::map<std::string, std::string>
      words;  // KEY=VALUE; data= and error= have the rest of the line

  [[nodiscard]] bool has(const std::string& key) const { return words.contains(key); }
  // Returns the value, or "" if there is no such word.
  [[nodiscard]] std::string operator[](const std::string& key) const;
  // Returns a time of the form "1764432000.123456789" in nanoseconds. Throws std::runtime_error if
  // there is no such word, or if it has another form.
  [[nodiscard]] std::int64_t time(const std::string& key) const;
};
[[nodiscard]] ProbeLine parse_probe_line(std::string_view text);

// Returns the time of CLOCK_REALTIME in nanoseconds.
[[nodiscard]] std::int64_t wall_clock();

// Connects and reads the header. Throws like Connection.
class ProbePeer {
 public:
  explicit ProbePeer(const std::string& where) : ProbePeer(Connection(where)) {}
  explicit ProbePeer(Connection connection);

  [[nodiscard]] const ProbeLine& header() const noexcept { return header_; }
  [[nodiscard]] Connection& connection() noexcept { return connection_; }
  // Returns the next line. Throws std::runtime_error if the connection ends before its newline.
  ProbeLine next();
  // Sends a request and returns its reply.
  ProbeLine ask(std::string_view request);
  // Ends our side, and returns what the server sends until it ends its own.
  std::string end();

 private:
  Connection connection_;
  std::string rest_;  // has come after the last line
  ProbeLine header_;
};

}  // namespace yodel::tests
