// What an echo came to, in words and as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace yodel::client::echo {

struct EchoSummary {
  std::uint64_t bytes = 0;  // sent, and come back
  std::chrono::duration<double> time{};
  int signal = 0;  // that has ended it before all was sent and had come back; 0: none
};

// "12.0 MB in 0.8 s, 15 MB/s": units of 1000 bytes. Without the rate where there were no bytes.
[[nodiscard]] std::string to_string(const EchoSummary& summary);

// {"bytes":12000000,"bytes_per_second":15000000.0,"seconds":0.8}
[[nodiscard]] std::string to_json(const EchoSummary& summary);

}  // namespace yodel::client::echo
