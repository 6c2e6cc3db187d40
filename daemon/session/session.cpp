#include "session/session.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/event.hpp"
#include "session/conversation.hpp"
#include "session/stream.hpp"

namespace yodel::session {
namespace {

using posix::Clock;
using protocol::CloseReason;

Stream::Limits limits_of(const protocol::Launch& terms, Clock::time_point accepted) {
  Stream::Limits limits{.idle = terms.idle_timeout, .session = std::nullopt};
  if (terms.session_timeout > std::chrono::milliseconds::zero()) {
    limits.session = accepted + terms.session_timeout;
  }
  return limits;
}

// How long a session waits for room in the channel, which others may have filled.
constexpr auto report_time = std::chrono::milliseconds(200);

bool send_at_once(const protocol::EncodedEvent& record) noexcept {
  return ::send(protocol::channel_descriptor, &record, sizeof record,
                MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof record;
}

bool send_report(const protocol::Report& report, int connection) noexcept {
  const auto record = protocol::encode(report);
  if (send_at_once(record)) return true;
  if (errno != EAGAIN) return false;
  ::close(connection);  // the peer is not to wait as well
  const auto deadline = Clock::now() + report_time;
  do {
    pollfd channel{.fd = protocol::channel_descriptor, .events = POLLOUT, .revents = 0};
    posix::poll_until({&channel, 1}, deadline);
    if (send_at_once(record)) return true;
  } while (errno == EAGAIN && Clock::now() < deadline);
  return false;
}

// "yodeld: session 127.0.0.1:60647 greet"
void show_title(Process& process, protocol::Protocol protocol) noexcept {
  process.title.set({"yodeld: session ", process.peer_text, " ", name(protocol)});
  ::prctl(PR_SET_NAME, "yodel-session");
}

}  // namespace

int run(const Connection& connection, const protocol::Launch& terms, Process process) noexcept {
  // Not SIGKILL: a session whose acceptor dies still closes its connection in order and reports.
  ::prctl(PR_SET_PDEATHSIG, protocol::end_signal);
  show_title(process, terms.protocol);

  Stream stream(connection.fd, connection.peer.family, limits_of(terms, connection.accepted),
                process.acceptor);
  stream.count_sent(connection.welcome_sent);
  std::uint64_t messages = 0;
  CloseReason reason{};
  switch (terms.protocol) {
    case protocol::Protocol::echo: reason = echo(stream); break;
    case protocol::Protocol::greet:
      reason = greet(stream, terms, connection.welcome_sent, messages);
      break;
  }
  stream.finish();

  if (!terms.reporting.sessions) return protocol::exit_reported;
  const bool sent = send_report({.number = connection.number,
                                 .peer = connection.peer,
                                 .messages = messages,
                                 .bytes_in = stream.bytes_in(),
                                 .bytes_out = stream.bytes_out(),
                                 .duration = std::chrono::duration_cast<std::chrono::microseconds>(
                                     posix::now_by_system_call() - connection.accepted),
                                 .reason = reason},
                                connection.fd);
  return sent ? protocol::exit_reported : protocol::exit_unreported;
}

}  // namespace yodel::session
