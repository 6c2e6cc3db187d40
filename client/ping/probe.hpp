// What every way to probe a service has in common.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/connection/connection.hpp"
#include "client/exchange/reply_reader.hpp"
#include "client/ping/statistics.hpp"
#include "client/ping/stop_condition.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client::ping {

// What is probed, and how.
struct Target {
  ServerAddress server;
  std::vector<protocol::SocketAddress> addresses;  // of the server
  Origin origin{};                                 // of our end
  std::chrono::nanoseconds connect_timeout{};      // for all addresses together
  std::chrono::nanoseconds timeout{};              // for each answer
  Service service;
  std::size_t size = 0;  // of a message, bytes, at least 1
};

template <typename Value>
using Step = tl::expected<Value, ProbeError>;

// The message with this number, which it begins with; where there is no room for all digits, the
// last `size` of them. So it differs from its neighbours' whatever the size. It holds digits,
// letters and a space.
[[nodiscard]] std::string payload(std::uint64_t sequence, std::size_t size);

// No answer has come, or a wrong one.
[[nodiscard]] tl::unexpected<ProbeError> lost(Failure failure);
[[nodiscard]] tl::unexpected<ProbeError> wrong(std::string_view peer, const ReplyReader& reader);
// The connection has ended where the reply was due.
[[nodiscard]] tl::unexpected<ProbeError> cut_short(const Connection& connection,
                                                   const ReplyReader& reader);

// Each step ends early when the end has come, with a ProbeError that says nothing then: ask
// StopCondition::has_come() first.
[[nodiscard]] Step<Connection> connect(const Target& target, const StopCondition& stop);
// Waits for the first bytes of the welcome, and reads them.
[[nodiscard]] Step<void> await_welcome(Connection& connection, ReplyReader& reader,
                                       const Target& target, StopCondition& stop);

// A way to send probes. It tells `settle` what has become of each, once, as soon as it is known;
// never of those that are under way when the end has come.
class Prober {
 public:
  using OnDone = std::function<void(Outcome)>;
  using Reconnected = std::function<void(const Reconnect&)>;

  Prober() = default;
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  Prober(Prober&&) = delete;
  Prober& operator=(Prober&&) = delete;
  virtual ~Prober() = default;

  // Whether another probe can be sent before the last one is answered.
  [[nodiscard]] virtual bool has_room() const = 0;
  // Sends one.
  virtual void start(std::uint64_t sequence) = 0;
  // Waits until something has come, or until `until`, or the end.
  virtual void wait(posix::Deadline until) = 0;
  // How many connections it has made.
  [[nodiscard]] virtual std::uint64_t connections() const = 0;
  // All is done: takes leave of the server.
  virtual void finish() = 0;
};

}  // namespace yodel::client::ping
