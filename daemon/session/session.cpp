#include "session/session.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix/tcp_info.hpp"
#include "protocol/event.hpp"
#include "session/conversation.hpp"
#include "session/stream.hpp"

namespace yodel::session {
namespace {

using posix::Clock;
using protocol::CloseReason;

Stream::Limits limits_of(const protocol::Launch& terms, Clock::time_point accepted) {
  Stream::Limits limits{.idle = terms.idle_timeout, .session = std::nullopt, .accepted = accepted};
  if (terms.session_timeout > std::chrono::milliseconds::zero()) {
    limits.session = accepted + terms.session_timeout;
  }
  return limits;
}

// Returns the kernel's figures if the session's record will have them. Each reading costs about
// 1 µs.
std::optional<posix::TcpInfo> tcp_info(const Connection& connection,
                                       const protocol::Launch& terms) noexcept {
  if (!terms.reporting.sessions || connection.peer.family == protocol::Family::local) {
    return std::nullopt;
  }
  return posix::tcp_info(connection.fd);
}

// Returns the figures of a connection that has been shut down, of which `first` were the figures at
// the session's start. Only the handshake has been repeated if data has not been, as long as our
// side has not ended.
protocol::TcpFigures figures(const posix::TcpInfo& first, const posix::TcpInfo& last) noexcept {
  const bool only_handshake = first.retransmitted_bytes == 0;
  return {.rtt = last.rtt,
          .min_rtt = last.min_rtt,
          .retransmits = last.retransmits,
          .handshake_retransmits = only_handshake ? first.retransmits : 0,
          .mss = last.mss};
}

// How long a session waits for room in the channel, which may be full: at a stop all sessions
// report at once. Together with Stream::linger_time it must stay below the 3 s after which the
// manager kills a session that hurry_signal has told to end.
constexpr auto report_time = std::chrono::seconds(2);
constexpr auto report_time_after_linger = std::chrono::milliseconds(500);
// The first pause between attempts. Each pause is twice the previous one, so there are about six.
constexpr auto first_pause = std::chrono::milliseconds(20);

bool try_send(const protocol::EncodedEvent& record) noexcept {
  return ::send(protocol::channel_descriptor, &record, sizeof record,
                MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof record;
}

// Sends the report, if need be after waiting up to `time` for room in the channel. Returns whether
// it was sent. Sleeps between attempts rather than waiting in poll(2), which would wake every
// waiting session for each record that the manager reads, and so keep the manager from the
// processor: of 15,000 sessions that ended at once, half lost their reports.
bool send_report(const protocol::Report& report, int connection, Clock::duration time) noexcept {
  const auto record = protocol::encode(report);
  if (try_send(record)) return true;
  if (errno != EAGAIN) return false;
  ::close(connection);  // the peer need not wait for the report
  const auto deadline = Clock::now() + time;
  // Sessions that end together have consecutive numbers. Spread their attempts over the pause.
  constexpr int phases = 64;
  const auto phase = static_cast<int>(report.number % phases);
  Clock::duration pause = first_pause;
  do {
    posix::poll_until({}, std::min(Clock::now() + pause + pause * phase / phases, deadline));
    if (try_send(record)) return true;
    pause *= 2;
  } while (errno == EAGAIN && Clock::now() < deadline);
  return false;
}

// Shows "yodeld: session 127.0.0.1:60647 greet" in ps(1).
void show_title(Process& process, protocol::Protocol protocol) noexcept {
  process.title.set({"yodeld: session ", process.peer_text, " ", name(protocol)});
  ::prctl(PR_SET_NAME, "yodel-session");
}

}  // namespace

int run(const Connection& connection, const protocol::Launch& terms, Process process) noexcept {
  // Not SIGKILL: a session whose acceptor dies still closes its connection properly and reports.
  ::prctl(PR_SET_PDEATHSIG, protocol::end_signal);
  show_title(process, terms.protocol);

  Stream stream(connection.fd, connection.peer.family, limits_of(terms, connection.accepted),
                process.acceptor);
  stream.count_sent(connection.welcome_sent);
  const auto first_info = tcp_info(connection, terms);
  std::uint64_t messages = 0;
  CloseReason reason{};
  switch (terms.protocol) {
    case protocol::Protocol::echo: reason = echo(stream); break;
    case protocol::Protocol::greet:
      reason = greet(stream, terms, connection.welcome_sent, messages);
      break;
    case protocol::Protocol::probe: reason = probe(stream, terms, connection, messages); break;
  }
  const bool has_lingered = stream.finish();

  if (!terms.reporting.sessions) return protocol::exit_reported;
  const auto last_info = tcp_info(connection, terms);
  const protocol::Report report{
      .number = connection.number,
      .messages = messages,
      .bytes_in = stream.bytes_in(),
      .bytes_out = stream.bytes_out(),
      .duration = std::chrono::duration_cast<std::chrono::microseconds>(
          posix::now_by_system_call() - connection.accepted),
      .tcp = first_info && last_info ? figures(*first_info, *last_info) : protocol::TcpFigures{},
      .reason = reason};
  const bool sent =
      send_report(report, connection.fd, has_lingered ? report_time_after_linger : report_time);
  return sent ? protocol::exit_reported : protocol::exit_unreported;
}

}  // namespace yodel::session
