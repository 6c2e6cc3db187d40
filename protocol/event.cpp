#include "protocol/event.hpp"

#include <cstring>
#include <limits>
#include <sys/wait.h>
#include <utility>

namespace yodel::protocol {
namespace {

using std::chrono::microseconds;

// No session can last longer, so a record that claims it is forged or damaged.
constexpr microseconds max_time = std::chrono::years(100);

bool is_valid(microseconds time) {
  return time >= microseconds::zero() && time <= max_time;
}
bool is_valid(const Peer& peer) {
  return peer.family <= Family::local && peer.via <= Via::health_check &&
         peer.proxy.family <= Family::local;
}
bool is_valid(const Ready& /*nothing*/) {
  return true;
}
bool is_valid(const Alive& /*nothing*/) {
  return true;
}
bool is_valid(const Draining& e) {
  return e.reason <= DrainReason::crashes;
}
bool is_valid(const Applied& /*any*/) {
  return true;
}
bool is_valid(const SetupFailed& e) {
  return e.step <= SetupStep::filter && e.error >= 0;
}
bool is_valid(const Accepted& e) {
  return is_valid(e.peer);
}
bool is_valid(const Ended& e) {
  return is_valid(e.peer) && e.pid > 0 && e.wait_status >= 0 && e.wait_status <= 0xffff &&
         is_valid(e.cpu_time) && is_valid(e.duration);
}
bool is_valid(const Unserved& e) {
  return is_valid(e.peer);
}
bool is_valid(const AcceptErrors& e) {
  return e.kind <= AcceptError::bad_header && e.error >= 0 && is_valid(e.peer);
}
bool is_valid(const TcpFigures& figures) {
  // The kernel counts these times in 32 bits.
  constexpr microseconds max_rtt{std::numeric_limits<std::uint32_t>::max()};
  constexpr std::uint32_t max_mss = 65535;
  return figures.rtt >= microseconds::zero() && figures.rtt <= max_rtt &&
         figures.min_rtt >= microseconds::zero() && figures.min_rtt <= max_rtt &&
         figures.handshake_retransmits <= figures.retransmits && figures.mss <= max_mss;
}
bool is_valid(const Report& e) {
  return is_valid(e.tcp) && is_valid(e.duration) && e.reason <= CloseReason::error;
}

template <std::size_t kind>
std::optional<Event> decode_as(std::span<const std::byte> body) noexcept {
  std::variant_alternative_t<kind, Event> event{};
  std::memcpy(&event, body.data(), sizeof event);
  if (!is_valid(event)) return std::nullopt;
  return event;
}

template <std::size_t... kinds>
std::optional<Event> decode_kind(std::uint64_t kind, std::span<const std::byte> body,
                                 std::index_sequence<kinds...> /*all*/) noexcept {
  std::optional<Event> event;
  // Compares `kind` with each index in turn and decodes at the one that matches.
  static_cast<void>(((kind == kinds && ((event = decode_as<kinds>(body)), true)) || ...));
  return event;
}

}  // namespace

std::string_view name(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::exit: return "exit";
    case CloseReason::eof: return "eof";
    case CloseReason::idle_timeout: return "idle-timeout";
    case CloseReason::session_timeout: return "session-timeout";
    case CloseReason::message_too_long: return "message-too-long";
    case CloseReason::peer_reset: return "peer-reset";
    case CloseReason::peer_vanished: return "peer-vanished";
    case CloseReason::shutdown: return "shutdown";
    case CloseReason::acceptor_died: return "acceptor-died";
    case CloseReason::error: return "error";
    case CloseReason::crashed: return "crashed";
  }
  return "unknown";
}

std::string_view name(SetupStep step) noexcept {
  switch (step) {
    case SetupStep::descriptors: return "checking its descriptors";
    case SetupStep::launch_record: return "reading its launch record";
    case SetupStep::parent: return "tying its lifetime to the manager's";
    case SetupStep::signals: return "setting up its signal handling";
    case SetupStep::memory: return "allocating its session table";
    case SetupStep::privileges: return "dropping privileges";
    case SetupStep::limits: return "setting its resource limits";
    case SetupStep::landlock: return "giving up access to files and the network";
    case SetupStep::filter: return "installing its system call filter";
  }
  return "unknown";
}

bool is_crash(int wait_status) noexcept {
  if (!WIFEXITED(wait_status)) return true;
  const int exit_status = WEXITSTATUS(wait_status);
  return exit_status != exit_reported && exit_status != exit_unreported;
}

std::optional<Event> decode_event(std::span<const std::byte> bytes) noexcept {
  EncodedEvent encoded;
  if (bytes.size() != sizeof encoded) return std::nullopt;
  std::memcpy(&encoded, bytes.data(), sizeof encoded);
  return decode_kind(encoded.kind, encoded.body,
                     std::make_index_sequence<std::variant_size_v<Event>>());
}

}  // namespace yodel::protocol
