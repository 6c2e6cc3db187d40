// What a ping comes to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "client/failure.hpp"
#include "client/measure/latency_histogram.hpp"
#include "client/ping/outcome.hpp"

namespace yodel::client::ping {

class Statistics {
 public:
  struct Part {
    std::string_view name;  // of the Timing
    LatencyHistogram times;
  };

  void add(const Outcome& outcome);

  // Probes whose outcome is known: sent() is the sum of the other three.
  [[nodiscard]] std::uint64_t sent() const noexcept { return received_ + wrong_ + lost_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }  // rightly answered
  [[nodiscard]] std::uint64_t wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  // The lost ones among the sent ones, in percent; 0 where none was sent.
  [[nodiscard]] double loss() const noexcept;
  // Of the probes that were answered rightly, each part that was measured.
  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }
  // The first probe that was not answered rightly; nullopt: none.
  [[nodiscard]] const std::optional<Failure>& first_failure() const noexcept { return failure_; }

 private:
  void record(const std::vector<Timing>& timings);

  std::uint64_t received_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t lost_ = 0;
  std::vector<Part> parts_;
  std::optional<Failure> failure_;
};

}  // namespace yodel::client::ping
