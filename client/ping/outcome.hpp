// What has become of one probe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/failure.hpp"

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

}  // namespace yodel::client::ping
