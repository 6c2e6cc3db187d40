// The result of an echo, in words and as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace yodel::client::echo {

struct EchoSummary {
  std::uint64_t bytes = 0;  // that were sent and came back
  std::chrono::duration<double> time{};
  int signal = 0;  // the one that ended it early; 0 if none did
};

// Returns "12.0 MB in 0.8 s, 15 MB/s", in units of 1000 bytes; without the rate if there were no
// bytes.
[[nodiscard]] std::string to_string(const EchoSummary& summary);

// Returns {"bytes":12000000,"bytes_per_second":15000000.0,"seconds":0.8}
[[nodiscard]] std::string to_json(const EchoSummary& summary);

}  // namespace yodel::client::echo
