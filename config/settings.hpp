// The settings that the file holds, as valid values: yodeld.toml(5).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/endpoint.hpp"
#include "protocol/launch.hpp"
#include "protocol/network.hpp"
#include "protocol/probe.hpp"

namespace yodel::config {

// Severities of records, from the least to the most severe, as in syslog(3).
enum class Level : std::uint8_t { debug, info, notice, warning, err };
// Where records go. `automatic` is the journal if standard error leads there, is /dev/null or is
// closed, and otherwise standard error. On a host without a journal both are standard error.
enum class Target : std::uint8_t { automatic, journal, standard_error };
// How records are written to standard error: as lines for people, or as JSON for programs.
enum class Format : std::uint8_t { text, json };

// One [[listen]].
struct Listen {
  std::string name;  // pairs with systemd's FileDescriptorName=; may be empty
  protocol::Endpoint endpoint;
  int backlog = 128;                // listen(2)
  std::uint32_t socket_buffer = 0;  // bytes, SO_SNDBUF and SO_RCVBUF; 0: sized by the kernel
  protocol::Protocol protocol = protocol::Protocol::greet;
  // At most protocol::max_networks each. If `allow` is empty, every peer may connect. If
  // `proxy_from` is not, only proxies in it may, each of which names its client in a header, and
  // `allow` is about the clients. Networks of those who connect are of the endpoint's family.
  std::vector<protocol::Network> allow{};
  std::vector<protocol::Network> proxy_from{};
  // Instead of the same key of [limits], if they are set.
  std::optional<std::chrono::milliseconds> idle_timeout{};
  std::optional<std::chrono::milliseconds> peer_timeout{};  // not of a Unix socket
  friend bool operator==(const Listen&, const Listen&) = default;
};

struct Greet {
  std::string welcome = "welcome";
  std::chrono::milliseconds delay{0};
  std::uint32_t message_size = 1024;  // bytes
  protocol::Framing framing = protocol::Framing::automatic;
  friend bool operator==(const Greet&, const Greet&) = default;
};

struct Probe {
  std::uint32_t max_size = protocol::probe::default_max_size;  // bytes of a request or a reply
  friend bool operator==(const Probe&, const Probe&) = default;
};

// The kernel holds TCP_USER_TIMEOUT, tcp(7), as milliseconds in an int: at most 24 days and 20
// hours.
constexpr std::chrono::milliseconds max_peer_timeout = std::chrono::hours(24 * 24);

// The limits of each listener.
struct Limits {
  std::uint32_t sessions = 1000;
  std::uint32_t sessions_per_source = 0;  // 0: no limit
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(5);
  std::chrono::milliseconds session_timeout{0};                      // 0: none
  std::chrono::milliseconds peer_timeout = std::chrono::minutes(2);  // 0: the kernel's default
  friend bool operator==(const Limits&, const Limits&) = default;
};

// How long sessions may keep previous settings.
struct Reload {
  std::chrono::milliseconds grace = std::chrono::hours(1);
  friend bool operator==(const Reload&, const Reload&) = default;
};

// How long sessions that owe a reply may take to send it.
struct Shutdown {
  std::chrono::milliseconds grace = std::chrono::seconds(10);
  friend bool operator==(const Shutdown&, const Shutdown&) = default;
};

struct Log {
  Level level = Level::info;
  Target target = Target::automatic;
  Format format = Format::text;  // of standard error
  friend bool operator==(const Log&, const Log&) = default;
};

// A default-constructed Settings has the defaults of all keys, but no listener. default_settings()
// has the default listeners too.
struct Settings {
  std::vector<Listen> listeners;
  Greet greet;
  Probe probe;
  Limits limits;
  Reload reload;
  Shutdown shutdown;
  Log log;
  friend bool operator==(const Settings&, const Settings&) = default;
};

// Returns the settings that apply without a file, with default_listeners().
[[nodiscard]] Settings default_settings();
// Returns a default_listener() for each protocol. They apply if the file has no [[listen]].
[[nodiscard]] std::vector<Listen> default_listeners();
// Returns a listener at the protocol's default port: greet at 127.0.0.1:9999, echo at
// 127.0.0.1:9998, probe at 127.0.0.1:9997. The one of probe lets a connection be silent for 2 h and
// has no keepalive, since probe is for finding out how long the network lets it be silent.
[[nodiscard]] Listen default_listener(protocol::Protocol protocol = protocol::Protocol::greet);

// Returns the limits of `listen`: `limits`, except for what `listen` itself sets.
[[nodiscard]] Limits limits_of(const Listen& listen, Limits limits) noexcept;

// Returns the default of socket_buffer for `listen`. A client of greet or probe has at most two
// messages to send at once, so the default bounds the memory that a peer can pin by not reading:
// 256 KiB, since the kernel doubles both buffers, instead of the 10 MiB at which its own sizing
// ends. The default is at least the 64 KiB window with which a connection starts. Echo is for
// measuring, so the kernel sizes its buffers, as it does those of Unix sockets.
[[nodiscard]] std::uint32_t default_socket_buffer(const Listen& listen,
                                                  const Settings& settings) noexcept;

// Return the word that the file uses.
[[nodiscard]] std::string_view name(protocol::Framing framing) noexcept;
[[nodiscard]] std::string_view name(Level level) noexcept;
[[nodiscard]] std::string_view name(Target target) noexcept;
[[nodiscard]] std::string_view name(Format format) noexcept;

}  // namespace yodel::config
