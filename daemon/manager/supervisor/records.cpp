#include "manager/supervisor/records.hpp"

#include <cstring>
#include <fmt/format.h>
#include <string>

#include "manager/supervisor/session_records.hpp"
#include "text/counted.hpp"

namespace yodel::manager::records {
namespace {

using config::Level;

std::string_view sentence(protocol::AcceptError kind) {
  switch (kind) {
    case protocol::AcceptError::accept_failed: return "cannot accept connections, which wait";
    case protocol::AcceptError::fork_failed: return "cannot fork for a connection, which waits";
    case protocol::AcceptError::sessions_full: return "all sessions are taken: callers wait";
    case protocol::AcceptError::source_full:
      return "refused connections: too many sessions from one source";
    case protocol::AcceptError::not_allowed:
      return "refused connections from networks not in allow";
  }
  return "cannot accept connections";
}

// A record about what is at `listener`.
Record at(std::string_view listener, Level level, std::string_view message_id,
          std::string_view message) {
  return Record(level, message_id, message).with("YODEL_LISTENER", listener);
}

// A record that the acceptor `pid` goes: `how` is "killing" or "replacing".
Record acceptor_goes(std::string_view listener, pid_t pid, Level level, std::string_view message_id,
                     std::string_view how, std::string_view why) {
  return at(listener, level, message_id,
            fmt::format("{} the acceptor at {}, process {}: {}", how, listener, pid, why))
      .with("YODEL_ACCEPTOR_PID", pid);
}

}  // namespace

Record acceptor_died(std::string_view listener, pid_t pid, const posix::ChildExit& end,
                     std::uint64_t sessions) {
  auto record = at(listener, Level::err, "4026ece7f87245f798970c8eeca28a45",
                   fmt::format("the acceptor at {} died: process {} {}, with {}", listener, pid,
                               end_text(end.status), text::counted(sessions, "session")));
  add_end(record, end.status);
  return record.with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_setup_failed(std::string_view listener, pid_t pid,
                             const protocol::SetupFailed& failure) {
  return at(listener, Level::err, "5c671af869b64ad8822a6c72d9ae9d11",
            fmt::format("the acceptor at {} failed while {}: {}", listener,
                        protocol::name(failure.step), std::strerror(failure.error)))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_not_started(std::string_view listener, std::string_view why) {
  return at(listener, Level::err, "21c6189ceffb485a9842a7f3c1b2c4cc",
            fmt::format("no acceptor at {} for now: {}", listener, why));
}

Record acceptor_replaced(std::string_view listener, pid_t pid, std::uint64_t crashes) {
  return acceptor_goes(listener, pid, Level::warning, "aebac41740fe4a2daef73d36234d65d0",
                       "replacing", fmt::format("{} of its sessions crashed", crashes));
}

Record acceptor_stuck(std::string_view listener, pid_t pid) {
  return acceptor_goes(listener, pid, Level::warning, "8ba83323a6c3439d99bf5b84b57d2307", "killing",
                       "it does not do what it is told");
}

Record acceptor_told_to_end(std::string_view listener, pid_t pid) {
  return acceptor_goes(listener, pid, Level::notice, "c61268c7636241048a0b862d6416f18d",
                       "replacing", "it was told to end");
}

Record acceptor_not_ready(std::string_view listener, pid_t pid) {
  return acceptor_goes(listener, pid, Level::err, "d5c1bac0a6d743f3b50da3e3dfc18700", "killing",
                       "it was not ready in time");
}

Record acceptor_silent(std::string_view listener, pid_t pid) {
  return acceptor_goes(listener, pid, Level::err, "b29e3fcf2f0e407f899e0671a8933af6", "killing",
                       "it gives no sign of life");
}

Record acceptor_abandoned(std::string_view listener, pid_t pid) {
  return at(listener, Level::err, "4b2c9d8ed56f41d8a1dc00a379736c24",
            fmt::format(
                "leaving the acceptor at {}, process {}, or sessions of it to init: SIGKILL "
                "does not end them",
                listener, pid))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record connection_may_be_lost(std::string_view listener, pid_t pid) {
  return at(listener, Level::warning, "be389c8793294568b73e25b2dc81db83",
            fmt::format("the acceptor at {}, process {}, ended while it accepted a connection, "
                        "which may have no record",
                        listener, pid))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_given_up(std::string_view listener, int deaths) {
  return at(listener, Level::err, "c6fba98eee36413796ab7171a15d8afc",
            fmt::format("acceptors at {} keep dying, {} in a row: giving up", listener, deaths));
}

Record accept_errors(std::string_view listener, const protocol::AcceptErrors& errors) {
  const std::string why = errors.error == 0 ? "" : std::string(": ") + std::strerror(errors.error);
  // The file asks for it, and every address of the Internet is scanned: no warning.
  const bool is_asked_for = errors.kind == protocol::AcceptError::not_allowed;
  const bool has_peer = is_asked_for || errors.kind == protocol::AcceptError::source_full;
  const std::string whom =
      has_peer ? fmt::format(", the last from {}", to_string(errors.peer)) : "";
  const std::string times =
      errors.count > 1 ? fmt::format(" ({} since the last such record)", errors.count) : "";
  auto record =
      at(listener, is_asked_for ? Level::notice : Level::warning,
         is_asked_for ? "8bb1af33920943b9b63575784edcfdbf" : "48a78e3a7bef49668e075be4b0871b75",
         fmt::format("{} at {}{}{}{}", sentence(errors.kind), listener, why, whom, times));
  record.with("YODEL_COUNT", errors.count);
  if (has_peer) add_peer(record, errors.peer);
  return errors.error == 0 ? record : record.with("ERRNO", errors.error);
}

Record events_lost(std::string_view listener, std::uint64_t count) {
  return at(listener, Level::warning, "c95689f4997743eda01e616b43c794be",
            fmt::format("lost {} at {}: as many connections may lack a record",
                        text::counted(count, "event"), listener))
      .with("YODEL_COUNT", count);
}

Record session_overdue(std::string_view listener, pid_t pid) {
  return at(listener, Level::warning, "173b0ec5413944048f22e0e64be41b14",
            fmt::format("killing session process {} at {}: its session_timeout is long over", pid,
                        listener))
      .with("YODEL_SESSION_PID", pid);
}

Record invalid_event(std::string_view listener, pid_t sender) {
  return at(listener, Level::warning, "a9b48e3ceca646e5a21afd55884ba92f",
            fmt::format("ignored an event record of process {} at {}: no session sends it", sender,
                        listener))
      .with("YODEL_SESSION_PID", sender);
}

Record offender_killed(std::string_view listener, pid_t sender) {
  return at(listener, Level::err, "4b9040fb885d423aafa3fe67a86f97a0",
            fmt::format("killed session process {} at {}: it went on sending event records that "
                        "no session sends",
                        sender, listener))
      .with("YODEL_SESSION_PID", sender);
}

}  // namespace yodel::manager::records
