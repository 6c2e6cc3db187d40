// The kernel's figures for the TCP connections of `yodel bench`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "client/measure/latency_histogram.hpp"
#include "posix/tcp_info.hpp"

namespace yodel::client::bench {

// The kernel's figures of the connections of a thread or, merged, of the run, with those of its
// warm-up and those that failed. Empty over Unix sockets.
struct TcpTally {
  std::uint64_t connections = 0;       // whose figures these are
  LatencyHistogram rtt;                // smoothed round-trip times, each as its connection ended
  std::chrono::nanoseconds min_rtt{};  // the shortest round-trip time; 0: not measured
  std::uint64_t retransmits = 0;       // segments that the client sent again, with its SYNs
  std::uint64_t syn_retransmits = 0;   // of these, SYNs
  std::uint32_t min_mss = 0;           // of the connections that were established; 0: none
  std::uint32_t max_mss = 0;

  // Adds a connection that ends. `of_handshake` are its retransmits when it was established;
  // std::nullopt if it never was, and so can have sent only SYNs.
  void add(const posix::TcpInfo& info, std::optional<std::uint32_t> of_handshake);
  void merge(const TcpTally& other);
};

}  // namespace yodel::client::bench
