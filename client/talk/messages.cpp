#include "client/talk/messages.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "posix/poll.hpp"

namespace yodel::client::talk {
namespace {

// The most that is received of what a server sends unasked. The rest waits in the kernel.
constexpr std::size_t max_unasked = 65536;

}  // namespace

Ready wait_for_input(int input, int signals, Connection& connection, bool until_server_speaks) {
  for (;;) {
    const bool listening = !connection.ended() && connection.received().size() < max_unasked;
    std::array<pollfd, 3> fds{{
        {.fd = input, .events = POLLIN, .revents = 0},
        {.fd = signals, .events = POLLIN, .revents = 0},
        {.fd = listening ? connection.descriptor() : -1, .events = POLLIN, .revents = 0},
    }};
    const auto until =
        connection.ended() ? posix::Deadline(posix::Clock::now()) : posix::Deadline();
    if (posix::poll_until(fds, until) < 0) continue;
    if (fds[1].revents != 0) return Ready::signal;
    if (fds[0].revents != 0) return Ready::input;
    if (connection.ended()) return Ready::server_ended;
    const auto received = connection.receive(posix::Clock::now());
    if (until_server_speaks && received == Connection::Received::bytes) return Ready::server_spoke;
  }
}

Result<NextMessage> ArgumentMessages::next(Connection& /*connection*/) {
  if (given_ == arguments_.size()) return NextMessage{};
  return NextMessage{.kind = NextMessage::Kind::message, .text = arguments_[given_++]};
}

NextMessage InputMessages::take(std::size_t size, std::size_t ending) {
  NextMessage message{.kind = NextMessage::Kind::message, .text = waiting_.substr(0, size)};
  if (ending > 0 && message.text.ends_with('\r')) message.text.pop_back();
  waiting_.erase(0, size + ending);
  searched_ = 0;
  return message;
}

Result<NextMessage> InputMessages::next(Connection& connection) {
  for (;;) {
    const auto newline = waiting_.find('\n', searched_);
    if (newline != std::string::npos) return take(newline, 1);
    searched_ = waiting_.size();
    if (ended_) return waiting_.empty() ? NextMessage{} : take(waiting_.size(), 0);

    const auto ready = wait_for_input(STDIN_FILENO, -1, connection, true);
    if (ready == Ready::server_ended) {
      return NextMessage{.kind = NextMessage::Kind::server_ended, .text = {}};
    }
    if (ready == Ready::server_spoke) {
      return NextMessage{.kind = NextMessage::Kind::server_spoke, .text = {}};
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read fills it
    std::array<char, 65536> buffer;
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size > 0) waiting_.append(buffer.data(), static_cast<std::size_t>(size));
    if (size == 0) ended_ = true;
    if (size < 0 && errno != EINTR && errno != EAGAIN) {
      return failure(ExitStatus::usage, std::string("standard input: ") + std::strerror(errno));
    }
  }
}

}  // namespace yodel::client::talk
