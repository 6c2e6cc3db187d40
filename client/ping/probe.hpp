// The common base of all ways of probing a service.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/connection/connection.hpp"
#include "client/exchange/server_reader.hpp"
#include "client/ping/outages.hpp"
#include "client/ping/statistics.hpp"
#include "client/ping/stop_condition.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client::ping {

// The server to probe, and how to probe it.
struct Target {
  ServerAddress server;
  std::vector<protocol::SocketAddress> addresses;  // of the server
  Origin origin{};
  std::chrono::nanoseconds connect_timeout{};  // for all addresses together
  std::chrono::nanoseconds timeout{};          // for each answer
  std::chrono::nanoseconds interval{};         // between probes
  Service service;
  std::size_t size = 0;  // of a message, in bytes, at least 1
};

template <typename Value>
using Step = tl::expected<Value, ProbeError>;

// Returns the message of probe `sequence`: the number, a space and letters, `size` bytes in all. If
// there is no room for all digits it has the last `size` of them, so that messages differ from
// their neighbours at any size.
[[nodiscard]] std::string payload(std::uint64_t sequence, std::size_t size);

// Return the error of a probe that no answer came to, and of one that was answered wrongly.
[[nodiscard]] tl::unexpected<ProbeError> lost(Failure failure);
[[nodiscard]] tl::unexpected<ProbeError> wrong(std::string_view peer, const ServerReader& reader);
// Returns the error of a probe whose connection ended before the whole reply.
[[nodiscard]] tl::unexpected<ProbeError> cut_short(const Connection& connection,
                                                   const ServerReader& reader);

// These steps fail early when the ping must end, with a ProbeError that then means nothing: ask
// StopCondition::is_met() first.
//
// Connects, and connects again at intervals while no answer comes. Tells `outages` what becomes of
// that. `rtt` is the round-trip time if it is known, or 0.
[[nodiscard]] Step<Connection> connect(const Target& target, const StopCondition& stop,
                                       Outages& outages, std::chrono::nanoseconds rtt);
// Waits for the first bytes of the welcome and reads them.
[[nodiscard]] Step<void> await_welcome(Connection& connection, ServerReader& reader,
                                       const Target& target, StopCondition& stop);

// Sets the shares of a reply that took `round_trip` and was just read.
void set_shares(Reply& reply, const ServerReader& reader, std::chrono::nanoseconds round_trip);

// Returns what the server has said of the connection, if it speaks probe.
[[nodiscard]] std::optional<Session> session_of(const Connection& connection,
                                                const ServerReader& reader);

// Reads the kernel's figures of the connection that probes use.
class TcpMeter {
 public:
  // Begins with a connection that has just been made.
  void on_connect(const Connection& connection);
  // Returns the figures for the probe that ends now, or std::nullopt for a Unix socket.
  [[nodiscard]] std::optional<TcpFigures> read(const Connection& connection);
  // Returns the last round-trip time that the kernel measured, or 0.
  [[nodiscard]] std::chrono::nanoseconds rtt() const noexcept { return rtt_; }

 private:
  std::uint32_t retransmits_ = 0;  // on the connection, until now
  std::chrono::nanoseconds rtt_{};
};

// A way to send probes. Calls its OnDone once for each probe, as soon as the outcome is known, but
// not for probes that are still under way when the ping ends.
class Prober {
 public:
  using OnDone = std::function<void(Outcome)>;
  using Reconnected = std::function<void(const Reconnect&)>;
  using OnSession = std::function<void(const Session&)>;

  Prober() = default;
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  Prober(Prober&&) = delete;
  Prober& operator=(Prober&&) = delete;
  virtual ~Prober() = default;

  // Returns whether another probe can be started now.
  [[nodiscard]] virtual bool has_room() const = 0;
  // Starts probe `sequence`.
  virtual void start(std::uint64_t sequence) = 0;
  // Waits until something has come, until `until`, or until the ping must end.
  virtual void wait(posix::Deadline until) = 0;
  // Returns how many connections were made.
  [[nodiscard]] virtual std::uint64_t connections() const = 0;
  // Takes leave of the server after the last probe.
  virtual void finish() = 0;
};

}  // namespace yodel::client::ping
