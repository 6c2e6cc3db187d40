// The plan of a run of `yodel bench`: its command line, checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/connection/origin.hpp"
#include "client/exchange/service.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client::bench {

struct BenchPlan {
  std::string server;               // for people: "HOST (ADDRESS)"
  std::string address_text;         // ADDRESS alone
  protocol::SocketAddress address;  // of the server
  std::vector<Origin> origins;      // to connect from, in turn; empty: the kernel chooses
  Service service;
  bool new_connection = false;  // one for each request; otherwise they are kept
  std::size_t connections = 1;  // at once
  std::size_t threads = 1;
  std::size_t payload = 16;    // size of a message in bytes
  std::optional<double> rate;  // requests due per second: an open loop; without it a closed loop
  std::optional<std::uint64_t> requests;             // ends the run
  std::optional<std::chrono::nanoseconds> duration;  // ends the run
  std::chrono::nanoseconds warm_up{0};               // left out of the figures
  // Keep each connection idle for `duration`, then send one request on it.
  bool hold = false;
  std::chrono::nanoseconds connect_timeout{};
  std::chrono::nanoseconds timeout{};  // of each wait for the server
};

}  // namespace yodel::client::bench
