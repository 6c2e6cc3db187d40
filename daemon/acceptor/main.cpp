// yodel-acceptor: started by yodeld, never by hand.
//
// Its descriptors: protocol/launch.hpp. It takes its launch record from the channel, sets itself
// up, and serves. It prints nothing: what goes wrong is an event.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "acceptor/acceptor.hpp"
#include "posix/descriptor.hpp"
#include "posix/process_title.hpp"
#include "posix/signals.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "session/stream.hpp"

namespace {

using namespace yodel;
using protocol::SetupStep;

constexpr int exit_setup_failed = 1;
constexpr int exit_no_channel = 64;  // EX_USAGE, sysexits.h

void fail(SetupStep step, int error) noexcept {
  const auto event = protocol::encode(protocol::SetupFailed{.step = step, .error = error});
  (void)::send(protocol::channel_descriptor, &event, sizeof event, MSG_NOSIGNAL);
}

// Static, as is the result in main: what stands on the stack moves its frames apart, and each page
// of it that is written to is copied for each session.
std::optional<protocol::Launch> receive_launch() noexcept {
  static std::array<std::byte, sizeof(protocol::Launch) + 1> record;
  const ssize_t size = ::recv(protocol::channel_descriptor, record.data(), record.size(), 0);
  if (size < 0) return std::nullopt;
  return protocol::decode_launch(std::span(record).first(static_cast<std::size_t>(size)));
}

// Nothing outlives the manager.
bool die_with(pid_t manager) noexcept {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
         ::getppid() == manager;  // it may have died before the call
}

posix::Descriptor block_signals() {
  const auto& signals = acceptor::Acceptor::signals();
  signals.block();
  session::install_signal_handlers();
  return posix::open_signal_descriptor(signals);
}

bool has_channel() noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(protocol::channel_descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
         type == SOCK_SEQPACKET;
}

// The manager leaves room behind the listener's name.
posix::ProcessTitle show_title(int argc, char** argv) {
  const std::string listener = argc < 2 ? "" : argv[1];  // a copy: the title is written over it
  posix::ProcessTitle title(argc, argv);
  title.set({"yodeld: acceptor ", listener});
  ::prctl(PR_SET_NAME, "yodel-acceptor");
  return title;
}

}  // namespace

int main(int argc, char** argv) {
  if (!has_channel()) {
    (void)std::fputs("yodel-acceptor: is started by yodeld, not by hand; see yodeld(8)\n", stderr);
    return exit_no_channel;
  }
  const auto title = show_title(argc, argv);
  // What whoever started the manager has left open is neither the acceptor's nor its sessions'.
  ::close_range(protocol::listener_descriptor + 1, ~0U, 0);
  static const auto launch = receive_launch();
  if (!launch) {
    fail(SetupStep::launch_record, errno);
    return exit_setup_failed;
  }
  if (!die_with(launch->manager)) {
    fail(SetupStep::parent, errno);
    return exit_setup_failed;
  }
  SetupStep step = SetupStep::signals;
  try {
    posix::Descriptor signals = block_signals();
    step = SetupStep::memory;
    acceptor::Acceptor acceptor(*launch,
                                {.channel = protocol::channel_descriptor,
                                 .listener = posix::Descriptor(protocol::listener_descriptor),
                                 .signals = std::move(signals)},
                                title);
    acceptor.run();
    return 0;
  } catch (const std::system_error& error) {
    fail(step, error.code().value());
    return exit_setup_failed;
  }
}
