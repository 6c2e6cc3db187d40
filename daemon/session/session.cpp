#include "session/session.hpp"

#include <chrono>
#include <csignal>
#include <sys/prctl.h>
#include <sys/socket.h>

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

bool send_report(const protocol::Report& report) noexcept {
  const auto record = protocol::encode(report);
  // Never waits: a manager that is slow must not hold a session up.
  return ::send(protocol::channel_descriptor, &record, sizeof record,
                MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof record;
}

// "yodeld: session 127.0.0.1:60647 greet"
void show_title(Process& process, protocol::Protocol protocol) noexcept {
  process.title.set({"yodeld: session ", process.peer_text, " ", name(protocol)});
  ::prctl(PR_SET_NAME, "yodel-session");
}

}  // namespace

int run(const Connection& connection, const protocol::Launch& terms, Process process) noexcept {
  // Not SIGKILL: a session whose acceptor dies still closes its connection in order and reports.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  show_title(process, terms.protocol);

  Stream stream(connection.fd, limits_of(terms, connection.accepted), process.acceptor);
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
                                 .reason = reason});
  return sent ? protocol::exit_reported : protocol::exit_unreported;
}

}  // namespace yodel::session
