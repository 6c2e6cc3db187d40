#include "manager/supervisor/session_records.hpp"

#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <sys/wait.h>

#include "text/counted.hpp"
#include "text/duration.hpp"

namespace yodel::manager::records {
namespace {

using config::Level;
using protocol::CloseReason;

constexpr std::string_view session_crashed = "bcc7aa7e09aa4ed8b0b2262743a79a97";
constexpr std::string_view session_closed = "691c4165759643a195b2f3e97d40030b";

std::string_view phrase(CloseReason reason) {
  switch (reason) {
    case CloseReason::exit: return "peer sent exit";
    case CloseReason::eof: return "peer closed its side";
    case CloseReason::idle_timeout: return "idle for too long";
    case CloseReason::session_timeout: return "session took too long";
    case CloseReason::message_too_long: return "message too long";
    case CloseReason::peer_reset: return "peer reset the connection";
    case CloseReason::peer_vanished: return "peer vanished";
    case CloseReason::shutdown: return "shutdown requested";
    case CloseReason::acceptor_died: return "its acceptor died";
    case CloseReason::error: return "system error";
    case CloseReason::crashed: return "crashed";
  }
  return "unknown reason";
}

void add_session(Record& record, const Origin& origin, std::uint64_t number) {
  record.with("YODEL_SESSION", fmt::format("{}-{}", origin.acceptor, number))
      .with("YODEL_LISTENER", origin.listener)
      .with("YODEL_PROTOCOL", name(origin.protocol));
}

void add_report(Record& record, const protocol::Report& report) {
  record.with("YODEL_BYTES_IN", report.bytes_in)
      .with("YODEL_BYTES_OUT", report.bytes_out)
      .with("YODEL_MESSAGES", report.messages);
}

// Adds what was measured.
void add_figures(Record& record, const protocol::TcpFigures& tcp) {
  if (tcp.mss == 0) return;
  if (tcp.rtt.count() > 0) record.with("YODEL_TCP_RTT_USEC", tcp.rtt.count());
  if (tcp.min_rtt.count() > 0) record.with("YODEL_TCP_MIN_RTT_USEC", tcp.min_rtt.count());
  record.with("YODEL_TCP_RETRANSMITS", tcp.retransmits).with("YODEL_TCP_MSS", tcp.mss);
}

// Returns "connection from 192.0.2.1:40112", the same with " via 198.51.100.7" for one that a proxy
// forwards, or "health check from 198.51.100.7:40113".
std::string subject(const protocol::Peer& peer) {
  const bool is_check = peer.via == protocol::Via::health_check;
  return fmt::format("{} from {}", is_check ? "health check" : "connection", peer_text(peer));
}

// Returns ", 3 retransmits", ", 2 retransmits of the handshake" or ", 3 retransmits (2 of the
// handshake)", where "to the proxy" follows the first number if it was one; empty if nothing was
// sent again.
std::string retransmits_text(const protocol::TcpFigures& tcp, const protocol::Peer& peer) {
  if (tcp.retransmits == 0) return {};
  auto text = ", " + text::counted(tcp.retransmits, "retransmit");
  if (peer.via == protocol::Via::proxy) text += " to the proxy";
  if (tcp.handshake_retransmits == 0) return text;
  if (tcp.handshake_retransmits == tcp.retransmits) return text + " of the handshake";
  return text + fmt::format(" ({} of the handshake)", tcp.handshake_retransmits);
}

// Returns "3 messages, ", or nothing for a protocol without messages.
std::string messages_text(protocol::Protocol protocol, const protocol::Report& report) {
  switch (protocol) {
    case protocol::Protocol::greet:
    case protocol::Protocol::probe: return text::counted(report.messages, "message") + ", ";
    case protocol::Protocol::echo: break;
  }
  return {};
}

// Returns a record with what all records of a session's end have in common.
Record session_record(const Origin& origin, const protocol::Ended& ended,
                      const std::optional<protocol::Report>& report, bool crashed,
                      std::string_view message) {
  // A proxy checks every few seconds.
  const auto usual = ended.peer.via == protocol::Via::health_check ? Level::debug : Level::info;
  Record record(crashed ? Level::warning : usual, crashed ? session_crashed : session_closed,
                message);
  add_session(record, origin, ended.number);
  record.with("YODEL_SESSION_PID", ended.pid);
  add_peer(record, ended.peer);
  record.with("YODEL_DURATION_USEC", (report ? report->duration : ended.duration).count());
  if (report) add_report(record, *report);
  if (report) add_figures(record, report->tcp);
  if (crashed || report) {
    record.with("YODEL_CLOSE_REASON",
                protocol::name(crashed ? CloseReason::crashed : report->reason));
  } else {
    record.with("YODEL_CLOSE_REASON", "unreported");
  }
  return record;
}

std::string closed_message(const Origin& origin, const protocol::Ended& ended,
                           const std::optional<protocol::Report>& report) {
  if (!report) {
    return fmt::format("{} closed: its report was lost, {}", subject(ended.peer),
                       text::rounded_duration(ended.duration));
  }
  return fmt::format("{} closed: {}, {}{} bytes in, {} out{}, {}", subject(ended.peer),
                     phrase(report->reason), messages_text(origin.protocol, *report),
                     report->bytes_in, report->bytes_out, retransmits_text(report->tcp, ended.peer),
                     text::rounded_duration(report->duration));
}

}  // namespace

void add_peer(Record& record, const protocol::Peer& peer) {
  record.with("YODEL_PEER_ADDRESS", address_text(peer));
  if (peer.family == protocol::Family::local) {
    if (peer.pid != protocol::Peer::unknown_pid) record.with("YODEL_PEER_PID", peer.pid);
    if (peer.uid != protocol::Peer::unknown_uid) record.with("YODEL_PEER_UID", peer.uid);
  } else {
    record.with("YODEL_PEER_PORT", peer.port);
  }
  if (peer.via != protocol::Via::none) {
    record.with("YODEL_PROXY_ADDRESS", address_text(peer.proxy));
  }
}

std::string peer_text(const protocol::Peer& peer) {
  auto text = to_string(peer);
  if (peer.via == protocol::Via::proxy) text += " via " + address_text(peer.proxy);
  return text;
}

void add_end(Record& record, int wait_status) {
  if (WIFEXITED(wait_status)) {
    record.with("YODEL_EXIT_STATUS", WEXITSTATUS(wait_status));
  } else {
    record.with("YODEL_SIGNAL", WTERMSIG(wait_status));
  }
}

std::string end_text(int wait_status) {
  if (WIFEXITED(wait_status)) return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* abbreviation = ::sigabbrev_np(signal);
  return fmt::format("killed by signal {} (SIG{}){}", signal,
                     abbreviation == nullptr ? "?" : abbreviation,
                     signal == SIGSYS ? " for a forbidden system call" : "");
}

Record accepted(const Origin& origin, const protocol::Accepted& event) {
  Record record(Level::debug, "354ebf7dc5a34515b315b5d269ae21d9",
                fmt::format("accepted {}", subject(event.peer)));
  add_session(record, origin, event.number);
  add_peer(record, event.peer);
  return record;
}

Record session_ended(const Origin& origin, const protocol::Ended& ended,
                     const std::optional<protocol::Report>& report) {
  const bool crashed = protocol::is_crash(ended.wait_status);
  const std::string message =
      crashed ? fmt::format("{} crashed: session process {} {}, {}", subject(ended.peer), ended.pid,
                            end_text(ended.wait_status),
                            text::rounded_duration(report ? report->duration : ended.duration))
              : closed_message(origin, ended, report);
  auto record = session_record(origin, ended, report, crashed, message);
  add_end(record, ended.wait_status);
  return record.with("YODEL_CPU_USEC", ended.cpu_time.count());
}

Record session_end_unseen(const Origin& origin, const protocol::Ended& ended,
                          const std::optional<protocol::Report>& report) {
  return session_record(origin, ended, report, false, closed_message(origin, ended, report));
}

Record unserved(const Origin& origin, const protocol::Unserved& unserved) {
  Record record(Level::warning, "267280f714d3412396ef48e41cc83fe4",
                fmt::format("{} closed: no session was started for it", subject(unserved.peer)));
  add_session(record, origin, unserved.number);
  add_peer(record, unserved.peer);
  return record.with("YODEL_CLOSE_REASON", "unserved");
}

Record report_unverified(const Origin& origin, pid_t pid, const protocol::Report& report) {
  Record record(
      Level::warning, "b35df7f3e59340a2895c75703c0d66e0",
      fmt::format("process {} at {} reported on an unknown connection", pid, origin.listener));
  record.with("YODEL_LISTENER", origin.listener)
      .with("YODEL_PROTOCOL", name(origin.protocol))
      .with("YODEL_SESSION_PID", pid)
      .with("YODEL_UNVERIFIED", 1);
  add_report(record, report);
  return record;
}

}  // namespace yodel::manager::records
