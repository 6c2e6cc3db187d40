// The event records: everything that an acceptor and its sessions report to the manager.
//
// Many processes write to the socket that carries them, and a peer may have taken over any of them.
// So every record has the same fixed size and contains only numbers, and decode_event() checks each
// number. A record does not name its sender: the kernel does, SCM_CREDENTIALS, unix(7).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "protocol/endpoint.hpp"

namespace yodel::protocol {

// Why a session ended.
enum class CloseReason : std::uint8_t {
  exit,              // the peer sent "exit"
  eof,               // the peer closed its side
  idle_timeout,      // no byte moved for limits.idle_timeout
  session_timeout,   // limits.session_timeout expired
  message_too_long,  // a line was longer than greet.message_size
  peer_reset,        // the peer reset the connection
  peer_vanished,     // the kernel gave up on the peer: ETIMEDOUT, EHOSTUNREACH, ENETUNREACH
  shutdown,          // the session was told to end: end_signal or hurry_signal, launch.hpp
  acceptor_died,     // the acceptor died, which ends its sessions
  error,             // a system call failed for another reason
  crashed            // is_crash(): recorded by the manager, never reported by a session
};

// Returns "exit", "idle-timeout", …: the text of YODEL_CLOSE_REASON. Records may also have
// "unreported" (no Report came) or "unserved" (no session was started) there.
[[nodiscard]] std::string_view name(CloseReason reason) noexcept;

// Why an acceptor could not serve a connection, or refused it. The acceptor goes on.
enum class AcceptError : std::uint8_t {
  accept_failed,  // accept(2): EMFILE, ENFILE, ENOBUFS, …
  fork_failed,    // clone(2): EAGAIN, ENOMEM
  sessions_full,  // limits.sessions is reached, and a connection waits in the backlog
  source_full,    // refused: limits.sessions_per_source is reached
  not_allowed,    // refused: the peer is in none of the networks of `allow`
  not_a_proxy,    // refused: the peer is in none of the networks of `proxy_from`
  no_header,      // refused: a proxy had not sent a whole header in time, proxy_header.hpp
  bad_header      // refused: what a proxy sent is no header, or too long a one
};

constexpr std::size_t accept_error_count = static_cast<std::size_t>(AcceptError::bad_header) + 1;

// The step of an acceptor's setup, acceptor/main.cpp, that failed.
enum class SetupStep : std::uint8_t {
  descriptors,
  launch_record,
  parent,
  signals,
  memory,
  privileges,
  limits,
  landlock,
  filter
};
// Returns the step as it follows "failed while", such as "dropping privileges".
[[nodiscard]] std::string_view name(SetupStep step) noexcept;

// Exit statuses of a session.
constexpr int exit_reported = 0;    // the Report was sent, or none was asked for
constexpr int exit_unreported = 3;  // the session ended well, but could not send its Report
// Returns whether a wait status, wait(2), is neither of these: a signal killed the session, or it
// exited with another status.
[[nodiscard]] bool is_crash(int wait_status) noexcept;
// The sessions of an acceptor share its address space layout, so an attacker can learn it from
// session crashes. After this many, not counting sessions that SIGKILL ended, the acceptor ends,
// and its replacement has a new layout.
constexpr std::uint64_t max_crashes = 64;

// --- from the acceptor ---

struct Ready {};  // setup is complete; the acceptor accepts as soon as no predecessor does
struct Alive {};  // the answer to ping_signal, launch.hpp
// Why an acceptor stops accepting.
enum class DrainReason : std::uint8_t {
  requested,  // it was told to; it ends with its last session
  crashes     // max_crashes is reached; it ends at once
};
// The acceptor has stopped accepting.
struct Draining {
  DrainReason reason{};
};
// The acceptor has applied a launch record that it received while it was running.
struct Applied {
  std::uint32_t revision = 0;  // Launch::revision
};
// The acceptor could not start, and exits.
struct SetupFailed {
  SetupStep step{};
  std::int32_t error = 0;  // errno
};
// The acceptor has accepted a connection.
struct Accepted {
  std::uint64_t number = 0;  // of the connection, counted from 1 by its acceptor
  Peer peer;
};
// A session has ended and has been reaped.
struct Ended {
  std::uint64_t number = 0;
  Peer peer;
  std::int32_t pid = 0;
  std::int32_t wait_status = 0;          // wait(2)
  std::chrono::microseconds cpu_time{};  // user and system
  std::chrono::microseconds duration{};  // from the accept to the reaping
};
// The acceptor has closed an accepted connection that never got a process.
struct Unserved {
  std::uint64_t number = 0;
  Peer peer;
};
// An AcceptError has occurred; sent at most once per RateLimitedLog::interval for each kind.
struct AcceptErrors {
  AcceptError kind{};
  std::int32_t error = 0;   // errno of the latest occurrence; 0 if there is none
  std::uint64_t count = 0;  // occurrences since the previous event of this kind
  Peer peer{};              // the latest peer that was refused
};

// --- from a session ---

// The kernel's figures for a TCP connection, as the session's end saw it: TCP_INFO, tcp(7).
struct TcpFigures {
  std::chrono::microseconds rtt{};          // smoothed; 0: not measured
  std::chrono::microseconds min_rtt{};      // 0: not measured
  std::uint32_t retransmits = 0;            // segments sent again, from the SYN-ACK on
  std::uint32_t handshake_retransmits = 0;  // of these, the SYN-ACKs
  std::uint32_t mss = 0;                    // bytes; 0: there are no figures
};

// A session's own report, sent after its conversation and before it exits.
struct Report {
  std::uint64_t number = 0;     // of the connection
  std::uint64_t messages = 0;   // answered
  std::uint64_t bytes_in = 0;   // read from the peer, without those drained while closing
  std::uint64_t bytes_out = 0;  // accepted by the kernel for the peer, including the welcome
  std::chrono::microseconds duration{};  // from the accept to the close
  TcpFigures tcp{};                      // without figures over a Unix socket
  CloseReason reason{};
};

using Event = std::variant<Ready, Alive, Draining, Applied, SetupFailed, Accepted, Ended, Unserved,
                           AcceptErrors, Report>;

// A record as it is sent over the socket: 128 bytes. A stock kernel's channel, 212,992
// bytes, holds 555 of them, and would hold no more of a smaller size.
struct EncodedEvent {
  std::uint64_t kind = 0;  // index in Event
  std::byte body[120] = {};
};

// Returns the record of `event`, which must be of a type that Event holds.
template <typename Body>
[[nodiscard]] EncodedEvent encode(const Body& event) noexcept {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof event <= sizeof EncodedEvent::body);
  EncodedEvent encoded{.kind = Event(event).index()};
  std::memcpy(encoded.body, &event, sizeof event);
  return encoded;
}
// Returns the event of a received record, or std::nullopt if its size or its kind is wrong, or a
// value is out of range. Trusts nothing in `bytes`.
[[nodiscard]] std::optional<Event> decode_event(std::span<const std::byte> bytes) noexcept;

}  // namespace yodel::protocol
