// What a run of `yodel bench` is to do: the command line, checked.
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
  std::string server;               // as people read it: "HOST (ADDRESS)"
  std::string address_text;         // the latter alone
  protocol::SocketAddress address;  // of the server
  std::vector<Origin> origins;      // to connect from, in turn; none: the kernel's choice
  Service service;
  bool new_connection = false;  // one for each request; else they are kept
  std::size_t connections = 1;  // at once
  std::size_t threads = 1;
  std::size_t payload = 16;    // bytes of a message
  std::optional<double> rate;  // requests due in a second, an open loop; else a closed loop
  std::optional<std::uint64_t> requests;             // ends the run
  std::optional<std::chrono::nanoseconds> duration;  // ends the run
  std::chrono::nanoseconds warm_up{0};               // left out of the figures
  // Every connection is kept idle for `duration`, then has one request.
  bool hold = false;
  std::chrono::nanoseconds connect_timeout{};
  std::chrono::nanoseconds timeout{};  // for each wait on the server
};

}  // namespace yodel::client::bench
