// How the manager controls an acceptor and its sessions: a launch record at the acceptor's start,
// another one with the new settings at each reload, and signals. Launch records have a socket of
// their own, because sessions share the channel and could read records that were sent there.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "protocol/endpoint.hpp"
#include "protocol/greet.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/network.hpp"
#include "protocol/protocol.hpp"

namespace yodel::protocol {

// The descriptors that an acceptor inherits.
constexpr int channel_descriptor = 3;   // SOCK_SEQPACKET: event records out
constexpr int listener_descriptor = 4;  // the listening socket, non-blocking
constexpr int control_descriptor = 5;   // SOCK_SEQPACKET: launch records in; sessions close it
// The descriptors that it opens: one for its signals, and one for the current connection.
constexpr int signals_descriptor = 6;
constexpr int connection_descriptor = 7;
// An acceptor also inherits Launch::retired_count retired listeners, from this number on: sockets
// that its own listening socket replaced at a reload. No connection begins there any more; the
// acceptor accepts those that had begun. The first number and the count are the same power of two,
// so the filter recognises these descriptors by a single mask.
constexpr int first_retired_descriptor = 16;
constexpr std::size_t max_retired = 16;

// Signals from the manager to an acceptor.
constexpr int ping_signal = SIGUSR1;   // it answers with an Alive
constexpr int drain_signal = SIGUSR2;  // it stops accepting and ends with its last session
// Signals from the manager to a session. The kernel also sends end_signal to a session whose
// acceptor dies. Either signal makes an acceptor drain, and close a connection that still waits for
// a process.
constexpr int end_signal = SIGTERM;   // it ends as soon as it owes its peer no reply
constexpr int hurry_signal = SIGINT;  // it ends now

// The bytes that the manager reserves in an acceptor's argv for process titles, its own and those
// of its sessions.
constexpr std::size_t title_room = 192;

// The optional events. An event that no record needs is not sent.
struct Reporting {
  bool accepted = false;  // an Accepted for each connection
  bool sessions = false;  // a Report and an Ended for each session that did not crash
  friend bool operator==(const Reporting&, const Reporting&) = default;
};

// How another process finds a Scoreboard, posix/shared_memory.hpp.
struct ScoreboardId {
  std::int32_t segment = -1;
  std::uint32_t capacity = 0;  // connections
  friend bool operator==(const ScoreboardId&, const ScoreboardId&) = default;
};
// The maximum number of previous acceptors at an address that may still have sessions when another
// one starts there.
constexpr std::size_t max_predecessors = 16;

// The maximum number of networks in `allow`, and in `proxy_from`, of a [[listen]].
constexpr std::size_t max_networks = 64;

// Networks in a launch record, where they take 1,154 bytes.
struct NetworkList {
  std::array<Network, max_networks> networks{};
  std::uint16_t size = 0;

  constexpr NetworkList() noexcept = default;
  // Throws std::length_error if there are more than max_networks, which the check of the file
  // refuses.
  explicit NetworkList(std::span<const Network> from);
  [[nodiscard]] std::span<const Network> view() const noexcept {
    return std::span(networks).first(size);
  }
  // Returns whether the size and the networks are valid: the bytes came from another process.
  [[nodiscard]] bool is_valid() const noexcept;
  friend bool operator==(const NetworkList&, const NetworkList&) = default;
};

// A text in a launch record, of at most `max` bytes.
template <std::size_t max>
class LaunchText {
 public:
  constexpr LaunchText() noexcept = default;
  // Holds the first `max` bytes of `text`.
  explicit LaunchText(std::string_view text) noexcept
      : size_(static_cast<std::uint16_t>(text.copy(bytes_.data(), max))) {}
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  // Returns whether the size is in its range: the bytes came from another process.
  [[nodiscard]] bool is_valid() const noexcept { return size_ <= max; }
  friend bool operator==(const LaunchText&, const LaunchText&) = default;

 private:
  std::array<char, max> bytes_{};
  std::uint16_t size_ = 0;
};
// The longest name of a host, gethostname(2), and of a [[listen]].
constexpr std::size_t max_host_size = 64;
// The longest text of a listener, that of a Unix socket in whose name every byte is escaped.
constexpr std::size_t max_listener_size = local_prefix.size() + 4 * (max_socket_path + 1);

// The settings that only sessions of probe need, protocol/probe.hpp.
struct ProbeTerms {
  std::uint32_t max_size = 0;        // bytes, probe::min_max_size to max_max_size
  std::uint32_t keepalive = 0;       // seconds, TCP_KEEPIDLE, tcp(7); 0: off
  LaunchText<max_host_size> host{};  // the name of the [[listen]], or of the host
  friend bool operator==(const ProbeTerms&, const ProbeTerms&) = default;
};

// The launch record. Has a fixed size and is trivially copyable, so its bytes are its encoding: the
// manager and the acceptor are programs of the same build.
struct Launch {
  static constexpr std::uint64_t expected_magic = 0x79'6f'64'65'6c'00'00'05;  // "yodel", version 5

  std::uint64_t magic = expected_magic;
  // The acceptor's identity, which every record must repeat. It ignores one with another
  // `scoreboard`, or with another `protocol`, below.
  ScoreboardId scoreboard{};
  std::uint64_t acceptor = 0;                // counted from 1 by the manager
  LaunchText<max_listener_size> listener{};  // both as in the records of its sessions
  // These four matter at the acceptor's start only.
  std::array<ScoreboardId, max_predecessors> predecessors{};
  std::uint32_t predecessor_count = 0;
  std::uint32_t retired_count = 0;
  // The acceptor keeps the retired listeners open for at least this long after its start.
  std::chrono::milliseconds retired_time{};

  std::uint32_t revision = 0;                   // of these settings, counted by the manager
  std::chrono::milliseconds delay{};            // before each reply; 0: none
  std::chrono::milliseconds idle_timeout{};     // 0: none
  std::chrono::milliseconds session_timeout{};  // 0: none
  std::uint32_t sessions = 0;                   // at once, 1 to scoreboard.capacity
  std::uint32_t sessions_per_source = 0;        // at once; 0: no limit
  std::uint32_t message_size = 0;               // bytes, 1 to max_message_size
  std::int32_t manager = 0;                     // its pid
  std::uint16_t welcome_size = 0;               // bytes, at most max_welcome_size
  Protocol protocol = Protocol::greet;
  Framing framing = Framing::automatic;
  Reporting reporting{};
  ProbeTerms probe{};  // set for probe only
  std::array<char, max_welcome_size> welcome_bytes{};
  // Last, because no session reads them.
  NetworkList allow{};       // the networks that may connect; if there are none, every peer may
  NetworkList proxy_from{};  // the networks of proxies, if only proxies may connect

  [[nodiscard]] std::string_view welcome() const noexcept {
    return {welcome_bytes.data(), welcome_size};
  }
  // Sets the acceptor's identity to that in `first`, the record with which it started.
  void keep_identity(const Launch& first) noexcept;
  // Sets the welcome to the first max_welcome_size bytes of `text`. The check of the file refuses a
  // longer one.
  void set_welcome(std::string_view text) noexcept;
  friend bool operator==(const Launch&, const Launch&) = default;
};
static_assert(std::is_trivially_copyable_v<Launch>);

// Returns the bytes of `launch` itself, which must outlive them.
[[nodiscard]] std::span<const std::byte> encode(const Launch& launch) noexcept;
// Returns the launch record, or std::nullopt if `bytes` are not one of this version, or a value is
// out of range.
[[nodiscard]] std::optional<Launch> decode_launch(std::span<const std::byte> bytes) noexcept;

}  // namespace yodel::protocol
