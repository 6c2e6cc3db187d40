#include "manager/records.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sys/wait.h>

namespace yodel::manager::records {
namespace {

using config::Level;
using protocol::CloseReason;
using std::chrono::microseconds;

namespace id {
constexpr std::string_view start_delayed = "c9bf8ce50d95429a850c3035c6b64aa1";
constexpr std::string_view start_failed = "d0d8279a93f640bcbf66affbf9d45494";
constexpr std::string_view listening = "ec858e81a90240e4a02c82bd43bba50b";
constexpr std::string_view ready = "0be8a5707178454e91f87f06006d4e32";
constexpr std::string_view stopping = "bc98abbfe2bd4b0eba7eec219b6d29da";
constexpr std::string_view grace_is_over = "f57afb9676af4ee282d8ed170e19df88";
constexpr std::string_view stopped = "acf74d6222e14aa4b8bd39add874b958";
constexpr std::string_view socket_unused = "2d5f8b4bfc5b4525a655b10b1e5b3470";
constexpr std::string_view diagnostic = "96cc5127084f49f6afe2e115bbd928df";
constexpr std::string_view reloading = "aee9e6b7c7d74cf7afc261eba6f7e949";
constexpr std::string_view reloaded = "693f8e94cd7148268bedac339b042f80";
constexpr std::string_view reload_failed = "f957785d2e1c41b998ca9edfe8018d13";
constexpr std::string_view journal_missing = "daf4bf1f121346d7999e6c27505b9ca6";
constexpr std::string_view log_writer_died = "98197191fada48ad84537fbe93673dc3";
constexpr std::string_view log_lost = "725cfb3ecf124992b1ab723626ef0837";
constexpr std::string_view acceptor_died = "4026ece7f87245f798970c8eeca28a45";
constexpr std::string_view acceptor_setup_failed = "5c671af869b64ad8822a6c72d9ae9d11";
constexpr std::string_view acceptor_not_started = "21c6189ceffb485a9842a7f3c1b2c4cc";
constexpr std::string_view acceptor_replaced = "aebac41740fe4a2daef73d36234d65d0";
constexpr std::string_view acceptor_stuck = "8ba83323a6c3439d99bf5b84b57d2307";
constexpr std::string_view acceptor_silent = "b29e3fcf2f0e407f899e0671a8933af6";
constexpr std::string_view acceptor_given_up = "c6fba98eee36413796ab7171a15d8afc";
constexpr std::string_view trouble = "48a78e3a7bef49668e075be4b0871b75";
constexpr std::string_view invalid_event = "a9b48e3ceca646e5a21afd55884ba92f";
constexpr std::string_view offender_killed = "4b9040fb885d423aafa3fe67a86f97a0";
constexpr std::string_view accepted = "354ebf7dc5a34515b315b5d269ae21d9";
constexpr std::string_view session_ended = "691c4165759643a195b2f3e97d40030b";
constexpr std::string_view session_crashed = "bcc7aa7e09aa4ed8b0b2262743a79a97";
}  // namespace id

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

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string milliseconds_text(microseconds time) {
  return fmt::format("{}.{:03} ms", time.count() / 1000, time.count() % 1000);
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{} s", static_cast<double>(time.count()) / 1000);
}

std::string ending_text(int wait_status) {
  if (WIFEXITED(wait_status)) return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
  const char* abbreviation = ::sigabbrev_np(WTERMSIG(wait_status));
  return fmt::format(
      "killed by signal {} (SIG{}){}", WTERMSIG(wait_status),
      abbreviation == nullptr ? "?" : abbreviation,
      WTERMSIG(wait_status) == SIGSYS ? " for a system call that it may not make" : "");
}

void add_ending(Record& record, int wait_status) {
  if (WIFEXITED(wait_status)) {
    record.with("YODEL_EXIT_STATUS", static_cast<std::uint64_t>(WEXITSTATUS(wait_status)));
  } else {
    record.with("YODEL_SIGNAL", static_cast<std::uint64_t>(WTERMSIG(wait_status)));
  }
}

void add_session(Record& record, const Origin& origin, std::uint64_t number) {
  record.with("YODEL_SESSION", fmt::format("{}-{}", origin.acceptor, number))
      .with("YODEL_LISTENER", origin.listener)
      .with("YODEL_PROTOCOL", name(origin.protocol));
}

void add_peer(Record& record, const protocol::Peer& peer) {
  record.with("YODEL_PEER_ADDRESS", address_text(peer));
  if (peer.family == protocol::Family::local) {
    record.with("YODEL_PEER_PID", peer.pid).with("YODEL_PEER_UID", peer.uid);
  } else {
    record.with("YODEL_PEER_PORT", peer.port);
  }
}

void add_report(Record& record, const protocol::Report& report) {
  record.with("YODEL_BYTES_IN", report.bytes_in)
      .with("YODEL_BYTES_OUT", report.bytes_out)
      .with("YODEL_MESSAGES", report.messages);
}

std::uint64_t number_of(microseconds time) {
  return static_cast<std::uint64_t>(time.count());
}

std::string closed_message(const Origin& origin, const protocol::Report& report) {
  // In echo there are no messages, only bytes.
  const std::string messages = origin.protocol == protocol::Protocol::greet
                                   ? counted(report.messages, "message") + ", "
                                   : std::string();
  return fmt::format("connection from {} closed: {}, {}{} bytes in, {} out, {}",
                     to_string(report.peer), phrase(report.reason), messages, report.bytes_in,
                     report.bytes_out, milliseconds_text(report.duration));
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

}  // namespace

Record start_delayed(std::uint32_t starts, std::chrono::seconds delay) {
  return {Level::warning, id::start_delayed,
          fmt::format("started {} times in a row, each time soon after the last: waiting for {} s",
                      starts, delay.count())};
}

Record start_failed(std::string_view why) {
  return {Level::err, id::start_failed, fmt::format("cannot start: {}", why)};
}

Record listening(std::string_view listener, protocol::Protocol protocol, int backlog) {
  return Record(Level::info, id::listening,
                fmt::format("listening at {} ({}, backlog {})", listener, name(protocol), backlog))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_PROTOCOL", name(protocol));
}

Record ready(std::size_t listeners) {
  return {Level::info, id::ready,
          fmt::format("yodeld " YODEL_VERSION " is ready: {}", counted(listeners, "listener"))};
}

Record stopping(std::chrono::milliseconds grace) {
  return {Level::info, id::stopping,
          fmt::format("stopping: sessions may end by themselves for {}", seconds_text(grace))};
}

Record grace_is_over(std::uint64_t sessions) {
  return {Level::notice, id::grace_is_over,
          fmt::format("the grace is over: ending {}", counted(sessions, "session"))};
}

Record stopped(const protocol::Counters& total) {
  return {Level::info, id::stopped,
          fmt::format("stopped after {}, {} refused, {} crashed",
                      counted(total.accepted, "connection"), total.refused, total.crashed)};
}

Record socket_unused(std::string_view socket) {
  return {Level::warning, id::socket_unused,
          fmt::format("not used: a socket that systemd passed, {}: no [[listen]] has its name or "
                      "address",
                      socket)};
}

Record diagnostic(std::string_view file, const config::Diagnostic& diagnostic) {
  const bool is_error = diagnostic.severity == config::Severity::error;
  Record record(is_error ? Level::err : Level::warning, id::diagnostic,
                config::format(file, diagnostic));
  record.with("YODEL_CONFIG_FILE", file);
  if (diagnostic.where.line > 0) {
    record.with("YODEL_CONFIG_LINE", diagnostic.where.line)
        .with("YODEL_CONFIG_COLUMN", diagnostic.where.column);
  }
  return record;
}

Record reloading(std::string_view file) {
  return {Level::info, id::reloading, fmt::format("reloading {}", file)};
}

Record reloaded(std::string_view file, std::size_t listeners) {
  return {Level::info, id::reloaded,
          fmt::format("reloaded {}: {}", file, counted(listeners, "listener"))};
}

std::string count_of_errors(std::string_view file, std::size_t errors) {
  return fmt::format("{} has {}", file, counted(errors, "error"));
}

Record reload_failed(std::string_view why) {
  return {Level::err, id::reload_failed,
          fmt::format("reload failed, the settings of before stay in force: {}", why)};
}

Record journal_missing() {
  return {Level::warning, id::journal_missing,
          "log.target is \"journal\", but this host has no journal: writing to standard error"};
}

Record log_writer_died() {
  return {Level::warning, id::log_writer_died, "the log writer died; some records may be lost"};
}

Record log_lost(std::uint64_t count) {
  return {Level::warning, id::log_lost,
          fmt::format("{} could not be written and are lost", counted(count, "log record"))};
}

Record acceptor_died(std::string_view listener, pid_t pid, const posix::Ending& ending,
                     std::uint64_t sessions) {
  Record record(Level::err, id::acceptor_died,
                fmt::format("the acceptor at {} died: process {} {}, with {}", listener, pid,
                            ending_text(ending.status), counted(sessions, "session")));
  record.with("YODEL_LISTENER", listener)
      .with("YODEL_ACCEPTOR_PID", static_cast<std::uint64_t>(pid));
  add_ending(record, ending.status);
  return record;
}

Record acceptor_setup_failed(std::string_view listener, pid_t pid,
                             const protocol::SetupFailed& failure) {
  return Record(Level::err, id::acceptor_setup_failed,
                fmt::format("the acceptor at {} failed while {}: {}", listener,
                            protocol::name(failure.step), std::strerror(failure.error)))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_ACCEPTOR_PID", static_cast<std::uint64_t>(pid));
}

Record acceptor_not_started(std::string_view listener, std::string_view why) {
  return Record(Level::err, id::acceptor_not_started,
                fmt::format("no acceptor at {} for now: {}", listener, why))
      .with("YODEL_LISTENER", listener);
}

Record acceptor_replaced(std::string_view listener, pid_t pid, std::uint64_t crashes) {
  return Record(Level::warning, id::acceptor_replaced,
                fmt::format("replacing the acceptor at {}, process {}: {} of its sessions crashed",
                            listener, pid, crashes))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_ACCEPTOR_PID", static_cast<std::uint64_t>(pid));
}

Record acceptor_stuck(std::string_view listener, pid_t pid) {
  return Record(Level::warning, id::acceptor_stuck,
                fmt::format("killing the acceptor of before at {}, process {}: it does not stop "
                            "accepting",
                            listener, pid))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_ACCEPTOR_PID", static_cast<std::uint64_t>(pid));
}

Record acceptor_silent(std::string_view listener, pid_t pid) {
  return Record(Level::err, id::acceptor_silent,
                fmt::format("killing the acceptor at {}, process {}: it gives no sign of life",
                            listener, pid))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_ACCEPTOR_PID", static_cast<std::uint64_t>(pid));
}

Record acceptor_given_up(std::string_view listener, int deaths) {
  return Record(Level::err, id::acceptor_given_up,
                fmt::format("acceptors at {} keep dying, {} in a row: giving up", listener, deaths))
      .with("YODEL_LISTENER", listener);
}

Record trouble(std::string_view listener, const protocol::Troubled& troubled) {
  Record record(
      Level::warning, id::trouble,
      fmt::format("{} at {}{}{} ({} since the last such record)", sentence(troubled.trouble),
                  listener, troubled.error == 0 ? "" : ": ",
                  troubled.error == 0 ? "" : std::strerror(troubled.error), troubled.count));
  record.with("YODEL_LISTENER", listener).with("YODEL_COUNT", troubled.count);
  if (troubled.error != 0) record.with("ERRNO", static_cast<std::uint64_t>(troubled.error));
  return record;
}

Record invalid_event(std::string_view listener, pid_t sender) {
  return Record(Level::warning, id::invalid_event,
                fmt::format("ignored an event record of process {} at {}: no session sends it",
                            sender, listener))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_SESSION_PID", static_cast<std::uint64_t>(sender));
}

Record offender_killed(std::string_view listener, pid_t sender) {
  return Record(
             Level::err, id::offender_killed,
             fmt::format("killed session process {} at {}: it went on sending event records that "
                         "no session sends",
                         sender, listener))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_SESSION_PID", static_cast<std::uint64_t>(sender));
}

Record accepted(const Origin& origin, const protocol::Accepted& event) {
  Record record(Level::debug, id::accepted,
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
                          pid, ending_text(ended->wait_status), milliseconds_text(duration));
  } else if (report) {
    message = closed_message(origin, *report);
  } else {
    message = fmt::format("connection from {} closed: its report was lost, {}", to_string(peer),
                          milliseconds_text(duration));
  }
  Record record(crashed ? Level::warning : Level::info,
                crashed ? id::session_crashed : id::session_ended, message);
  add_session(record, origin, number);
  record.with("YODEL_SESSION_PID", static_cast<std::uint64_t>(pid));
  add_peer(record, peer);
  record.with("YODEL_DURATION_USEC", number_of(duration));
  if (report) add_report(record, *report);
  if (crashed || report) {
    record.with("YODEL_CLOSE_REASON",
                protocol::name(crashed ? CloseReason::crashed : report->reason));
  } else {
    record.with("YODEL_CLOSE_REASON", "unreported");
  }
  if (ended) {
    add_ending(record, ended->wait_status);
    record.with("YODEL_CPU_USEC", number_of(ended->cpu_time));
  }
  return record;
}

Record session_lost(const Origin& origin, pid_t pid, const posix::Ending& ending) {
  Record record(Level::warning, id::session_crashed,
                fmt::format("a connection at {} crashed: session process {} {}, after its acceptor",
                            origin.listener, pid, ending_text(ending.status)));
  record.with("YODEL_LISTENER", origin.listener)
      .with("YODEL_PROTOCOL", name(origin.protocol))
      .with("YODEL_SESSION_PID", static_cast<std::uint64_t>(pid))
      .with("YODEL_CLOSE_REASON", protocol::name(CloseReason::crashed))
      .with("YODEL_CPU_USEC", number_of(ending.cpu_time));
  add_ending(record, ending.status);
  return record;
}

}  // namespace yodel::manager::records
