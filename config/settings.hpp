// What the file settles, as valid values: yodeld.toml(5).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/endpoint.hpp"
#include "protocol/launch.hpp"
#include "protocol/network.hpp"

namespace yodel::config {

// Severities of records, from the least to the most severe; as in syslog(3).
enum class Level : std::uint8_t { debug, info, notice, warning, err };
// Where records go. automatic: the journal where there is one, else standard error.
enum class Target : std::uint8_t { automatic, journal, standard_error };

// One [[listen]].
struct Listen {
  std::string name;  // pairs with systemd's FileDescriptorName=; may be empty
  protocol::Endpoint endpoint;
  int backlog = 128;                // listen(2)
  std::uint32_t socket_buffer = 0;  // bytes, SO_SNDBUF and SO_RCVBUF; 0: the kernel decides
  protocol::Protocol protocol = protocol::Protocol::greet;
  // At most protocol::max_networks, all of the endpoint's family; none: every peer may connect.
  std::vector<protocol::Network> allow{};
  friend bool operator==(const Listen&, const Listen&) = default;
};

struct Greet {
  std::string welcome = "welcome";
  std::chrono::milliseconds delay{0};
  std::uint32_t message_size = 1024;  // bytes
  protocol::Framing framing = protocol::Framing::automatic;
  friend bool operator==(const Greet&, const Greet&) = default;
};

// TCP_USER_TIMEOUT counts milliseconds in an int, tcp(7): 24 days and 20 hours.
constexpr std::chrono::milliseconds max_peer_timeout = std::chrono::hours(24 * 24);

// Of each listener.
struct Limits {
  std::uint32_t sessions = 1000;
  std::uint32_t sessions_per_source = 0;  // 0: no limit
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(5);
  std::chrono::milliseconds session_timeout{0};                      // 0: none
  std::chrono::milliseconds peer_timeout = std::chrono::minutes(2);  // 0: the kernel's
  friend bool operator==(const Limits&, const Limits&) = default;
};

// How long sessions may go on with previous settings.
struct Reload {
  std::chrono::milliseconds grace = std::chrono::hours(1);
  friend bool operator==(const Reload&, const Reload&) = default;
};

// How long sessions that owe a reply may go on.
struct Shutdown {
  std::chrono::milliseconds grace = std::chrono::seconds(10);
  friend bool operator==(const Shutdown&, const Shutdown&) = default;
};

struct Log {
  Level level = Level::info;
  Target target = Target::automatic;
  friend bool operator==(const Log&, const Log&) = default;
};

// A default-constructed Settings is what holds where the file says nothing, but for the listeners:
// default_settings() has those that stand in for a file without any.
struct Settings {
  std::vector<Listen> listeners;
  Greet greet;
  Limits limits;
  Reload reload;
  Shutdown shutdown;
  Log log;
  friend bool operator==(const Settings&, const Settings&) = default;
};

// Returns the settings where there is no file, with default_listeners().
[[nodiscard]] Settings default_settings();
// Returns a listener for each protocol: greet at 127.0.0.1:9999, echo at 127.0.0.1:9998. They hold
// where the file has no [[listen]].
[[nodiscard]] std::vector<Listen> default_listeners();
// Returns what a [[listen]] that says no more than `protocol` stands for.
[[nodiscard]] Listen default_listener(protocol::Protocol protocol = protocol::Protocol::greet);

// Returns what `listen` has for its socket_buffer where the file does not say. Whoever speaks greet
// has no more to send at once than a message and the next one, so the default bounds what a peer
// that does not read can pin: 256 KiB with both buffers doubled, where the kernel's own sizes end
// at 10 MiB. It is not below the 64 KiB that a connection begins with, tcp_rmem in tcp(7). Echo is
// for measuring, and left to the kernel, as are Unix sockets.
[[nodiscard]] std::uint32_t default_socket_buffer(const Listen& listen,
                                                  const Greet& greet) noexcept;

// The words that the file uses.
[[nodiscard]] std::string_view name(protocol::Framing framing) noexcept;
[[nodiscard]] std::string_view name(Level level) noexcept;
[[nodiscard]] std::string_view name(Target target) noexcept;

}  // namespace yodel::config
