#include "manager/supervisor/records.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sys/wait.h>

#include "text/counted.hpp"

namespace yodel::manager::records {
namespace {

using config::Level;
using protocol::CloseReason;
using std::chrono::microseconds;

constexpr std::string_view session_crashed = "bcc7aa7e09aa4ed8b0b2262743a79a97";

std::string_view phrase(CloseReason reason) {
  switch (reason) {
    case CloseReason::exit: return "peer sent exit";
    case CloseReason::eof: return "peer closed its side";
    case CloseReason::idle_timeout: return "idle for too long";
    case CloseReason::session_timeout: return "session took too long";
    case CloseReason::message_too_long: return "message too long";
    case CloseReason::peer_reset: return "peer reset the connection";
    case CloseReason::peer_vanished: return "peer vanished";
    case CloseReason::shutdown: return "told to end";
    case CloseReason::acceptor_died: return "its acceptor died";
    case CloseReason::error: return "system error";
    case CloseReason::crashed: return "crashed";
  }
  return "unknown reason";
}

std::string milliseconds_text(microseconds time) {
  return fmt::format("{}.{:03} ms", time.count() / 1000, time.count() % 1000);
}

void add_session(Record& record, const Origin& origin, std::uint64_t number) {
  record.with("YODEL_SESSION", fmt::format("{}-{}", origin.acceptor, number))
      .with("YODEL_LISTENER", origin.listener)
      .with("YODEL_PROTOCOL", name(origin.protocol));
}

void add_peer(Record& record, const protocol::Peer& peer) {
  record.with("YODEL_PEER_ADDRESS", address_text(peer));
  if (peer.family == protocol::Family::local) {
    if (peer.pid != protocol::Peer::unknown_pid) record.with("YODEL_PEER_PID", peer.pid);
    if (peer.uid != protocol::Peer::unknown_uid) record.with("YODEL_PEER_UID", peer.uid);
  } else {
    record.with("YODEL_PEER_PORT", peer.port);
  }
}

void add_report(Record& record, const protocol::Report& report) {
  record.with("YODEL_BYTES_IN", report.bytes_in)
      .with("YODEL_BYTES_OUT", report.bytes_out)
      .with("YODEL_MESSAGES", report.messages);
}

// "3 messages, ", where the protocol has any.
std::string messages_text(protocol::Protocol protocol, const protocol::Report& report) {
  switch (protocol) {
    case protocol::Protocol::greet: return text::counted(report.messages, "message") + ", ";
    case protocol::Protocol::echo: break;
  }
  return {};
}

std::string closed_message(const Origin& origin, const protocol::Report& report) {
  return fmt::format("connection from {} closed: {}, {}{} bytes in, {} out, {}",
                     to_string(report.peer), phrase(report.reason),
                     messages_text(origin.protocol, report), report.bytes_in, report.bytes_out,
                     milliseconds_text(report.duration));
}

std::string end_text(int wait_status) {
  if (WIFEXITED(wait_status)) return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* abbreviation = ::sigabbrev_np(signal);
  return fmt::format("killed by signal {} (SIG{}){}", signal,
                     abbreviation == nullptr ? "?" : abbreviation,
                     signal == SIGSYS ? " for a system call that it may not make" : "");
}

void add_end(Record& record, int wait_status) {
  if (WIFEXITED(wait_status)) {
    record.with("YODEL_EXIT_STATUS", WEXITSTATUS(wait_status));
  } else {
    record.with("YODEL_SIGNAL", WTERMSIG(wait_status));
  }
}

std::string_view sentence(protocol::Trouble trouble) {
  switch (trouble) {
    case protocol::Trouble::accept_failed: return "cannot accept connections, which wait";
    case protocol::Trouble::fork_failed: return "cannot fork for a connection, which waits";
    case protocol::Trouble::source_full:
      return "refused connections: too many sessions from one source";
    case protocol::Trouble::events_lost: return "lost event records: the manager was too slow";
  }
  return "trouble";
}

// A record about what is at `listener`.
Record at(std::string_view listener, Level level, std::string_view message_id,
          std::string_view message) {
  return Record(level, message_id, message).with("YODEL_LISTENER", listener);
}

}  // namespace

Record acceptor_died(std::string_view listener, pid_t pid, const posix::Ending& ending,
                     std::uint64_t sessions) {
  auto record = at(listener, Level::err, "4026ece7f87245f798970c8eeca28a45",
                   fmt::format("the acceptor at {} died: process {} {}, with {}", listener, pid,
                               end_text(ending.status), text::counted(sessions, "session")));
  add_end(record, ending.status);
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
  return at(listener, Level::warning, "aebac41740fe4a2daef73d36234d65d0",
            fmt::format("replacing the acceptor at {}, process {}: {} of its sessions crashed",
                        listener, pid, crashes))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_stuck(std::string_view listener, pid_t pid) {
  return at(listener, Level::warning, "8ba83323a6c3439d99bf5b84b57d2307",
            fmt::format("killing the acceptor of before at {}, process {}: it does not stop "
                        "accepting",
                        listener, pid))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_silent(std::string_view listener, pid_t pid) {
  return at(listener, Level::err, "b29e3fcf2f0e407f899e0671a8933af6",
            fmt::format("killing the acceptor at {}, process {}: it gives no sign of life",
                        listener, pid))
      .with("YODEL_ACCEPTOR_PID", pid);
}

Record acceptor_given_up(std::string_view listener, int deaths) {
  return at(listener, Level::err, "c6fba98eee36413796ab7171a15d8afc",
            fmt::format("acceptors at {} keep dying, {} in a row: giving up", listener, deaths));
}

Record trouble(std::string_view listener, const protocol::Troubled& troubled) {
  const std::string why =
      troubled.error == 0 ? "" : std::string(": ") + std::strerror(troubled.error);
  auto record = at(listener, Level::warning, "48a78e3a7bef49668e075be4b0871b75",
                   fmt::format("{} at {}{} ({} since the last such record)",
                               sentence(troubled.trouble), listener, why, troubled.count));
  record.with("YODEL_COUNT", troubled.count);
  return troubled.error == 0 ? record : record.with("ERRNO", troubled.error);
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

Record accepted(const Origin& origin, const protocol::Accepted& event) {
  Record record(Level::debug, "354ebf7dc5a34515b315b5d269ae21d9",
                fmt::format("accepted connection from {}", to_string(event.peer)));
  add_session(record, origin, event.number);
  add_peer(record, event.peer);
  return record;
}

Record session_ended(const Origin& origin, pid_t pid, const std::optional<protocol::Report>& report,
                     const std::optional<protocol::Ended>& ended) {
  const auto& peer = ended ? ended->peer : report->peer;
  const auto number = ended ? ended->number : report->number;
  const auto duration = report ? report->duration : ended->duration;
  const bool crashed = ended && protocol::is_crash(ended->wait_status);

  std::string message;
  if (crashed) {
    message = fmt::format("connection from {} crashed: session process {} {}, {}", to_string(peer),
                          pid, end_text(ended->wait_status), milliseconds_text(duration));
  } else if (report) {
    message = closed_message(origin, *report);
  } else {
    message = fmt::format("connection from {} closed: its report was lost, {}", to_string(peer),
                          milliseconds_text(duration));
  }
  Record record(crashed ? Level::warning : Level::info,
                crashed ? session_crashed : "691c4165759643a195b2f3e97d40030b", message);
  add_session(record, origin, number);
  record.with("YODEL_SESSION_PID", pid);
  add_peer(record, peer);
  record.with("YODEL_DURATION_USEC", duration.count());
  if (report) add_report(record, *report);
  if (crashed || report) {
    record.with("YODEL_CLOSE_REASON",
                protocol::name(crashed ? CloseReason::crashed : report->reason));
  } else {
    record.with("YODEL_CLOSE_REASON", "unreported");
  }
  if (ended) {
    add_end(record, ended->wait_status);
    record.with("YODEL_CPU_USEC", ended->cpu_time.count());
  }
  return record;
}

Record session_lost(const Origin& origin, pid_t pid, const posix::Ending& ending) {
  Record record(Level::warning, session_crashed,
                fmt::format("a connection at {} crashed: session process {} {}, after its acceptor",
                            origin.listener, pid, end_text(ending.status)));
  record.with("YODEL_LISTENER", origin.listener)
      .with("YODEL_PROTOCOL", name(origin.protocol))
      .with("YODEL_SESSION_PID", pid)
      .with("YODEL_CLOSE_REASON", protocol::name(CloseReason::crashed))
      .with("YODEL_CPU_USEC", ending.cpu_time.count());
  add_end(record, ending.status);
  return record;
}

}  // namespace yodel::manager::records
