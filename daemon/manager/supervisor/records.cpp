#include "manager/supervisor/records.hpp"

#include <cstring>
#include <fmt/format.h>
#include <string>

#include "manager/supervisor/session_records.hpp"
#include "text/counted.hpp"

namespace yodel::manager::records {
namespace {

using config::Level;

// The texts of the records of one kind of accept error. The message is
// "WHAT at LISTENER: WHY; OUTCOME".
struct AcceptErrorText {
  std::string_view message_id;
  std::string_view what;
  std::string_view why;  // empty: that of errno
  std::string_view outcome;
};

AcceptErrorText text_of(protocol::AcceptError kind) {
  switch (kind) {
    case protocol::AcceptError::accept_failed: break;
    case protocol::AcceptError::fork_failed:
      return {"16300654c9e1413e82057468b41db88d", "cannot fork a session", "", "callers wait"};
    case protocol::AcceptError::sessions_full:
      return {"88e50fdd4e804b6cb14cce6320c4c2e3", "session limit reached", "", "callers wait"};
    case protocol::AcceptError::source_full:
      return {"7f2d3fa5da404bf1a5011404a632526e", "refused connections",
              "too many sessions from one source", ""};
    case protocol::AcceptError::not_allowed:
      return {"8bb1af33920943b9b63575784edcfdbf", "refused connections", "address not in allow",
              ""};
    case protocol::AcceptError::not_a_proxy:
      return {"0610fc1f3db34a0399adbef721c128bf", "refused connections",
              "address not in proxy_from", ""};
    case protocol::AcceptError::no_header:
      return {"e589411ec5b64a84870c2957efbcae2a", "refused connections",
              "no PROXY header came in time", ""};
    case protocol::AcceptError::bad_header:
      return {"1d9a7eb07418439bb423d3ef4b39a7d5", "refused connections", "bad PROXY header", ""};
  }
  return {"48a78e3a7bef49668e075be4b0871b75", "cannot accept connections", "", "callers wait"};
}

std::string message_of(const AcceptErrorText& text, std::string_view listener,
                       const protocol::AcceptErrors& errors, bool has_peer) {
  std::string message = fmt::format("{} at {}", text.what, listener);
  const std::string_view why =
      text.why.empty() && errors.error != 0 ? std::strerror(errors.error) : text.why;
  if (!why.empty()) message += fmt::format(": {}", why);
  if (!text.outcome.empty()) message += fmt::format("; {}", text.outcome);
  if (has_peer) message += fmt::format(", the last from {}", peer_text(errors.peer));
  if (errors.count > 1) message += fmt::format(" ({} since the last such record)", errors.count);
  return message;
}

// Returns a record about `listener`.
Record at(std::string_view listener, Level level, std::string_view message_id,
          std::string_view message) {
  return Record(level, message_id, message).with("YODEL_LISTENER", listener);
}

// Returns the record for an acceptor that the manager gets rid of: `how` is "killing" or
// "replacing".
Record acceptor_removed(std::string_view listener, pid_t pid, Level level,
                        std::string_view message_id, std::string_view how, std::string_view why) {
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
            fmt::format("cannot start an acceptor at {}: {}; trying again", listener, why));
}

Record acceptor_replaced(std::string_view listener, pid_t pid, std::uint64_t crashes) {
  return acceptor_removed(listener, pid, Level::warning, "aebac41740fe4a2daef73d36234d65d0",
                          "replacing", fmt::format("{} of its sessions crashed", crashes));
}

Record acceptor_stuck(std::string_view listener, pid_t pid) {
  return acceptor_removed(listener, pid, Level::warning, "8ba83323a6c3439d99bf5b84b57d2307",
                          "killing", "it does not act on the reload");
}

Record acceptor_terminated(std::string_view listener, pid_t pid) {
  return acceptor_removed(listener, pid, Level::notice, "c61268c7636241048a0b862d6416f18d",
                          "replacing", "it received SIGTERM or SIGINT");
}

Record acceptor_not_ready(std::string_view listener, pid_t pid) {
  return acceptor_removed(listener, pid, Level::err, "d5c1bac0a6d743f3b50da3e3dfc18700", "killing",
                          "it was not ready in time");
}

Record acceptor_silent(std::string_view listener, pid_t pid) {
  return acceptor_removed(listener, pid, Level::err, "b29e3fcf2f0e407f899e0671a8933af6", "killing",
                          "it does not respond");
}

Record acceptor_abandoned(std::string_view listener, pid_t pid) {
  return at(listener, Level::err, "4b2c9d8ed56f41d8a1dc00a379736c24",
            fmt::format("abandoning the acceptor at {}, process {}, or its sessions: SIGKILL does "
                        "not end them",
                        listener, pid))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record connection_may_be_lost(std::string_view listener, pid_t pid) {
  return at(listener, Level::warning, "be389c8793294568b73e25b2dc81db83",
            fmt::format("the acceptor at {}, process {}, died while accepting a connection, which "
                        "may lack a record",
                        listener, pid))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_given_up(std::string_view listener, int deaths) {
  return at(listener, Level::err, "c6fba98eee36413796ab7171a15d8afc",
            fmt::format("acceptors at {} keep dying, {} in a row: giving up", listener, deaths));
}

Record accept_errors(std::string_view listener, const protocol::AcceptErrors& errors) {
  using protocol::AcceptError;
  // Not a warning: the file asks for it, and scanners try every address of the Internet.
  const bool is_expected =
      errors.kind == AcceptError::not_allowed || errors.kind == AcceptError::not_a_proxy;
  const bool has_peer = errors.kind >= AcceptError::source_full;
  const AcceptErrorText text = text_of(errors.kind);
  auto record = at(listener, is_expected ? Level::notice : Level::warning, text.message_id,
                   message_of(text, listener, errors, has_peer));
  record.with("YODEL_COUNT", errors.count);
  if (has_peer) add_peer(record, errors.peer);
  return errors.error == 0 ? record : record.with("ERRNO", errors.error);
}

Record events_lost(std::string_view listener, std::uint64_t count) {
  return at(listener, Level::warning, "c95689f4997743eda01e616b43c794be",
            fmt::format("lost {} at {}: up to {} may lack a record", text::counted(count, "event"),
                        listener, text::counted(count, "connection")))
      .with("YODEL_COUNT", count);
}

Record session_overdue(std::string_view listener, pid_t pid) {
  return at(listener, Level::warning, "173b0ec5413944048f22e0e64be41b14",
            fmt::format("killing session process {} at {}: it has long exceeded session_timeout",
                        pid, listener))
      .with("YODEL_SESSION_PID", pid);
}

Record invalid_event(std::string_view listener, pid_t sender) {
  return at(listener, Level::warning, "a9b48e3ceca646e5a21afd55884ba92f",
            fmt::format("ignored an invalid event record from process {} at {}", sender, listener))
      .with("YODEL_SESSION_PID", sender);
}

Record offender_killed(std::string_view listener, pid_t sender) {
  return at(listener, Level::err, "4b9040fb885d423aafa3fe67a86f97a0",
            fmt::format("killed session process {} at {}: it kept sending invalid event records",
                        sender, listener))
      .with("YODEL_SESSION_PID", sender);
}

}  // namespace yodel::manager::records
