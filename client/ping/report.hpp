// What a ping shows: for a person, or for a program.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "client/exchange/service.hpp"
#include "client/ping/outcome.hpp"
#include "client/ping/statistics.hpp"

namespace yodel::client::ping {

// What is to be done, for the first line.
struct Announcement {
  std::string server;  // "127.0.0.1:9999", "localhost (127.0.0.1:9999)"
  Service service;
  std::size_t size = 0;  // of a message, bytes
  std::chrono::nanoseconds interval{};
  bool connect = false;  // a connection for each
};

struct Summary {
  std::string server;
  const Statistics& statistics;
  std::uint64_t outstanding = 0;  // sent, and neither answered nor given up when the end came
  std::chrono::nanoseconds elapsed{};
};

// Each function gives what is to be printed: whole lines, or nothing.
class Report {
 public:
  Report() = default;
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  Report(Report&&) = delete;
  Report& operator=(Report&&) = delete;
  virtual ~Report() = default;

  [[nodiscard]] virtual std::string first(const Announcement& announcement) const = 0;
  [[nodiscard]] virtual std::string each(const Outcome& outcome) const = 0;
  [[nodiscard]] virtual std::string last(const Summary& summary) const = 0;
};

// Lines for a person, as those of ping(8).
[[nodiscard]] std::unique_ptr<Report> make_text_report();
// A JSON object (RFC 8259) on each line, and nothing else. Bytes of a path that are no UTF-8 become
// U+FFFD.
[[nodiscard]] std::unique_ptr<Report> make_json_report();

}  // namespace yodel::client::ping
