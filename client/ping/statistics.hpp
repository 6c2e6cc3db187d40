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
  std::size_t bytes = 0;        // 0: nothing was sent, and nothing due but the connection
  std::vector<Timing> timings;  // of all probes of a ping the same, in the same order
};

// One that was not.
struct ProbeError {
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
  tl::expected<Reply, ProbeError> result;
  std::string local;  // our end of the connection, Connection::local(); empty: there was none
};

// A connection was made in the place of one that had ended.
struct Reconnect {
  std::string cause;                 // of the end: "closed by the server"
  std::chrono::nanoseconds after{};  // how long the ended one had lasted
  std::string said;                  // the text of the server's error before the end; may be empty
  std::string peer;                  // of the new one, as are these
  std::string local;
};

class Statistics {
 public:
  struct Part {
    std::string_view name;  // of the Timing
    LatencyHistogram times;
  };

  void add(const Outcome& outcome);
  void add(const Reconnect& /*event*/) noexcept { ++reconnects_; }

  // Probes whose outcome is known: sent() is the sum of the other three.
  [[nodiscard]] std::uint64_t sent() const noexcept { return received_ + wrong_ + lost_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }  // rightly answered
  [[nodiscard]] std::uint64_t wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t reconnects() const noexcept { return reconnects_; }
  // The lost ones among the sent ones, in percent; 0 where none was sent.
  [[nodiscard]] double loss() const noexcept;
  // The longest time that a whole answer took; 0 where none came.
  [[nodiscard]] std::chrono::nanoseconds slowest() const;
  // Of the probes that were answered rightly, each part that was measured.
  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }
  // The first probe that was not answered rightly; nullopt: none.
  [[nodiscard]] const std::optional<Failure>& first_failure() const noexcept { return failure_; }

 private:
  void record(const std::vector<Timing>& timings);

  std::uint64_t received_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t reconnects_ = 0;
  std::vector<Part> parts_;
  std::optional<Failure> failure_;
};

}  // namespace yodel::client::ping
