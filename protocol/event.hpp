// The event records: all that an acceptor and its sessions tell the manager.
//
// They come over a socket that many processes write to, of which any may have been taken over by
// its peer. So a record has one fixed size, holds numbers only, and decode_event() checks each of
// them; who sent it is not in the record: the kernel says so, SCM_CREDENTIALS, unix(7).
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

// Why a conversation ended.
enum class CloseReason : std::uint8_t {
  exit,              // the peer sent "exit"
  eof,               // the peer ended its side
  idle_timeout,      // nothing moved for limits.idle_timeout
  session_timeout,   // limits.session_timeout was over
  message_too_long,  // a line longer than greet.message_size
  peer_reset,        // the peer reset the connection
  peer_vanished,     // the network gave up on the peer
  shutdown,          // the session was told to end, protocol/launch.hpp
  acceptor_died,     // the acceptor went away, and its sessions go with it
  error,             // the kernel refused something that the session needs
  crashed            // the session did not live to say
};

// "exit", "idle-timeout", …: the text of YODEL_CLOSE_REASON.
[[nodiscard]] std::string_view name(CloseReason reason) noexcept;

// What an acceptor cannot or may not do for now. It goes on.
enum class AcceptError : std::uint8_t {
  accept_failed,  // accept(2): EMFILE, ENFILE, ENOBUFS, …
  fork_failed,    // clone(2): EAGAIN, ENOMEM
  sessions_full,  // all of `sessions` are taken, and somebody waits
  source_full,    // refused: sessions_per_source
  not_allowed     // refused: in none of the networks of allow
};

constexpr std::size_t accept_error_count = static_cast<std::size_t>(AcceptError::not_allowed) + 1;

// What an acceptor did at its start when it failed.
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
[[nodiscard]] std::string_view name(SetupStep step) noexcept;

// Exit statuses of a session.
constexpr int exit_reported = 0;
constexpr int exit_unreported = 3;  // all is well, but the channel was full and took no Report
// Whether a wait status, wait(2), is that of a session which did not come to its own end.
[[nodiscard]] bool is_crash(int wait_status) noexcept;
// Forks of one acceptor share one address layout, so somebody who crashes sessions to find it out
// gets this many tries: then the acceptor ends.
constexpr std::uint64_t max_crashes = 64;

// --- from the acceptor ---

struct Ready {};  // it accepts connections, once no predecessor does
struct Alive {};  // the answer to the manager's question, in time
// Why an acceptor stops accepting.
enum class DrainReason : std::uint8_t {
  requested,  // it ends with its last session
  crashes     // max_crashes of its sessions have crashed: it ends at once
};
struct Draining {
  DrainReason reason{};
};
// It goes by the settings of a launch record that came later.
struct Applied {
  std::uint32_t revision = 0;
};
struct SetupFailed {
  SetupStep step{};
  std::int32_t error = 0;  // errno
};
struct Accepted {
  std::uint64_t number = 0;  // of the connection, counted from 1 by its acceptor
  Peer peer;
};
// A session has ended and was reaped.
struct Ended {
  std::uint64_t number = 0;
  Peer peer;
  std::int32_t pid = 0;
  std::int32_t wait_status = 0;          // wait(2)
  std::chrono::microseconds cpu_time{};  // user and system
  std::chrono::microseconds duration{};  // from the accept to the reaping
};
// A connection was closed for which there was never a process.
struct Unserved {
  std::uint64_t number = 0;
  Peer peer;
};
struct AcceptErrors {
  AcceptError kind{};
  std::int32_t error = 0;   // errno of the last time; 0 where there is none
  std::uint64_t count = 0;  // how often, since the last such event
  Peer peer{};              // the last whom source_full or not_allowed concerned
};

// --- from a session ---

// A session's account of itself, sent when its conversation is over.
struct Report {
  std::uint64_t number = 0;
  Peer peer;
  std::uint64_t messages = 0;   // answered
  std::uint64_t bytes_in = 0;   // read from the peer, what was drained at the close left out
  std::uint64_t bytes_out = 0;  // taken by the kernel for the peer, the welcome included
  std::chrono::microseconds duration{};  // from the accept to the close
  CloseReason reason{};
};

using Event = std::variant<Ready, Alive, Draining, Applied, SetupFailed, Accepted, Ended, Unserved,
                           AcceptErrors, Report>;

// A record as it goes over the socket.
struct EncodedEvent {
  std::uint64_t kind = 0;  // index in the variant
  std::byte body[88] = {};
};

// `event` is one of the kinds of Event.
template <typename Body>
[[nodiscard]] EncodedEvent encode(const Body& event) noexcept {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof event <= sizeof EncodedEvent::body);
  EncodedEvent encoded{.kind = Event(event).index()};
  std::memcpy(encoded.body, &event, sizeof event);
  return encoded;
}
// nullopt: the size is not a record's, or a value in it is out of its range.
[[nodiscard]] std::optional<Event> decode_event(std::span<const std::byte> bytes) noexcept;

}  // namespace yodel::protocol
