// What has become of each probe, and what a ping comes to.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/failure.hpp"
#include "client/measure/latency_histogram.hpp"

namespace yodel::client::ping {

// One length of time that was measured, and its name: "time", or "connect", "first-byte", "reply",
// "close" and "total".
struct Timing {
  std::string_view name;
  std::chrono::nanoseconds time{};
};

// A probe that was answered as it should be.
struct Reply {
  std::string peer;
  std::size_t bytes = 0;
  std::vector<Timing> timings;  // of all probes of a ping the same, in the same order
};

// One that was not.
struct Mishap {
  enum class Kind : std::uint8_t {
    lost,  // no answer
    wrong  // another answer than the one that was due
  };
  Kind kind = Kind::lost;
  // `text` begins with the peer's name.
  Failure failure;
};

struct Outcome {
  std::uint64_t sequence = 0;  // from 1 on
  tl::expected<Reply, Mishap> result;
};

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
