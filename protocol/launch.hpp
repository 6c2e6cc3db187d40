// What a manager tells an acceptor: the launch record at its start, the same again with other
// settings at a reload, and two signals. The records have a socket of their own: the channel is
// shared with the sessions, which could take away what is sent there.
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

#include "protocol/greet.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/network.hpp"
#include "protocol/protocol.hpp"

namespace yodel::protocol {

// The descriptors that an acceptor is born with.
constexpr int channel_descriptor = 3;   // SOCK_SEQPACKET: event records out
constexpr int listener_descriptor = 4;  // the listening socket, non-blocking
constexpr int control_descriptor = 5;   // SOCK_SEQPACKET: launch records in; no session has it
// And those that it opens: for its signals, and, one after the other, the connections.
constexpr int signals_descriptor = 6;
constexpr int connection_descriptor = 7;
// From here on it is born with Launch::retired_count listening sockets that its own has replaced at
// a reload: no connection begins there any more, and those that had begun are its to accept. The
// filter tells these numbers by one mask.
constexpr int first_retired_descriptor = 16;
constexpr std::size_t max_retired = 16;

// What the manager tells it: to give a sign of life, Alive; and to drain, which is to stop
// accepting and end with its last session.
constexpr int ping_signal = SIGUSR1;
constexpr int drain_signal = SIGUSR2;
// What the manager tells a session, and the kernel tells it at its acceptor's death: to end as soon
// as it owes its peer nothing; and to end now. An acceptor drains at either, and gives up a
// connection for which it has no process yet.
constexpr int end_signal = SIGTERM;
constexpr int hurry_signal = SIGINT;

// What the manager leaves an acceptor in argv for titles: of its own, and of its sessions, bytes.
constexpr std::size_t title_room = 192;

// Which events the acceptor and its sessions send, beyond those that the manager cannot do without.
// What nobody will log need not be sent.
struct Reporting {
  bool accepted = false;  // an Accepted for each connection
  bool sessions = false;  // a Report and an Ended for each session that ends well
  friend bool operator==(const Reporting&, const Reporting&) = default;
};

// A Scoreboard as another process finds it: posix/shared_memory.hpp.
struct ScoreboardId {
  std::int32_t segment = -1;
  std::uint32_t capacity = 0;  // connections
  friend bool operator==(const ScoreboardId&, const ScoreboardId&) = default;
};
// How many acceptors of one address may still have sessions when another starts there.
constexpr std::size_t max_predecessors = 16;

// How many networks `allow` of a [[listen]] may name: 1152 bytes of a launch record.
constexpr std::size_t max_networks = 64;

// Fixed in size and trivially copyable: the manager's and the acceptor's program are of one build.
struct Launch {
  static constexpr std::uint64_t expected_magic = 0x79'6f'64'65'6c'00'00'03;  // "yodel", version 3

  std::uint64_t magic = expected_magic;
  // Of the acceptor, for as long as it lives; all else may be another at a reload.
  ScoreboardId scoreboard{};
  std::array<ScoreboardId, max_predecessors> predecessors{};
  std::uint32_t predecessor_count = 0;
  std::uint32_t retired_count = 0;
  std::chrono::milliseconds retired_time{};  // from its start; then it closes those sockets

  std::uint32_t revision = 0;                   // of these settings, counted by the manager
  std::chrono::milliseconds delay{};            // before each reply; 0: none
  std::chrono::milliseconds idle_timeout{};     // 0: none
  std::chrono::milliseconds session_timeout{};  // 0: none
  std::uint32_t sessions = 0;                   // at once, at least 1
  std::uint32_t sessions_per_source = 0;        // at once; 0: no limit
  std::uint32_t message_size = 0;               // bytes, 1 to max_message_size
  std::int32_t manager = 0;                     // its pid
  std::uint16_t welcome_size = 0;               // bytes, to max_welcome_size
  std::uint16_t network_count = 0;              // to max_networks
  Protocol protocol = Protocol::greet;
  Framing framing = Framing::automatic;
  Reporting reporting{};
  std::array<char, max_welcome_size> welcome_bytes{};
  std::array<Network, max_networks> networks{};  // the last: no session reads them

  [[nodiscard]] std::string_view welcome() const noexcept {
    return {welcome_bytes.data(), welcome_size};
  }
  // `text` is cut at max_welcome_size; the file's check has refused what is longer.
  void set_welcome(std::string_view text) noexcept;
  // Returns the networks that may connect; none: all.
  [[nodiscard]] std::span<const Network> allow() const noexcept {
    return std::span(networks).first(network_count);
  }
  // At most max_networks; the file's check has refused more. Throws std::length_error.
  void set_allow(std::span<const Network> allow);
  friend bool operator==(const Launch&, const Launch&) = default;
};
static_assert(std::is_trivially_copyable_v<Launch>);

[[nodiscard]] std::span<const std::byte> encode(const Launch& launch) noexcept;
// Returns std::nullopt if it is no launch record of this build, or a value is out of its range.
[[nodiscard]] std::optional<Launch> decode_launch(std::span<const std::byte> bytes) noexcept;

}  // namespace yodel::protocol
