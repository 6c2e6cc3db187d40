// yodel-acceptor: started by yodeld, never by hand.
//
// It inherits the descriptors of protocol/launch.hpp, receives its launch record from the manager,
// sets itself up, confines itself, and serves. It prints nothing: it reports a failure as an event.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <span>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "acceptor/acceptor.hpp"
#include "acceptor/confinement.hpp"
#include "acceptor/fork_key.hpp"
#include "acceptor/retired.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "posix/process_title.hpp"
#include "posix/signals.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "session/signals.hpp"

namespace {

using namespace yodel;
using protocol::SetupStep;

constexpr int exit_setup_failed = 1;
constexpr int exit_no_channel = 64;  // EX_USAGE, sysexits.h

void fail(SetupStep step, int error) noexcept {
  const auto event = protocol::encode(protocol::SetupFailed{.step = step, .error = error});
  (void)::send(protocol::channel_descriptor, &event, sizeof event, MSG_NOSIGNAL);
}

// Uses static memory, as main() does for the result: on the stack it would make every session touch
// one more page.
protocol::Launch receive_launch() {
  static std::array<std::byte, sizeof(protocol::Launch) + 1> record;
  const ssize_t size = ::recv(protocol::control_descriptor, record.data(), record.size(), 0);
  if (size < 0) throw std::system_error(errno, std::generic_category(), "recv");
  const auto launch =
      protocol::decode_launch(std::span(record).first(static_cast<std::size_t>(size)));
  if (!launch) throw std::system_error(EBADMSG, std::generic_category());
  return *launch;
}

acceptor::RetiredListeners take_retired(const protocol::Launch& launch) {
  acceptor::check_retired(launch.retired_count);
  return {protocol::first_retired_descriptor, launch.retired_count,
          posix::Clock::now() + launch.retired_time};
}

// Makes the kernel kill this process when the manager dies. Must come after the change of user,
// which clears the setting, prctl(2).
void die_with(pid_t manager) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
    throw std::system_error(errno, std::generic_category(), "PR_SET_PDEATHSIG");
  }
  // The manager may have died before the call.
  if (::getppid() != manager) throw std::system_error(ESRCH, std::generic_category());
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

// Shows "yodeld: acceptor LISTENER". The manager has padded argv to protocol::title_room.
posix::ProcessTitle show_title(int argc, char** argv) {
  const std::string listener = argc < 2 ? "" : argv[1];  // copied, because the title overwrites it
  posix::ProcessTitle title(argc, argv);
  title.set({"yodeld: acceptor ", listener});
  ::prctl(PR_SET_NAME, "yodel-acceptor");
  return title;
}

}  // namespace

int main(int argc, char** argv) {
  if (!has_channel()) {
    (void)std::fputs("yodel-acceptor: started by yodeld, not by hand; see yodeld(8)\n", stderr);
    return exit_no_channel;
  }
  const auto title = show_title(argc, argv);
  SetupStep step{};
  try {
    step = SetupStep::descriptors;
    acceptor::check_descriptors();
    step = SetupStep::launch_record;
    static auto launch = receive_launch();
    step = SetupStep::signals;
    posix::Descriptor signals = block_signals();
    step = SetupStep::memory;
    const acceptor::ForkKey key;
    acceptor::Acceptor acceptor(launch,
                                {.channel = protocol::channel_descriptor,
                                 .control = protocol::control_descriptor,
                                 .listener = posix::Descriptor(protocol::listener_descriptor),
                                 .signals = std::move(signals),
                                 .retired = take_retired(launch)},
                                title, key);
    step = SetupStep::privileges;
    acceptor::give_up_privileges();
    step = SetupStep::parent;
    die_with(launch.manager);
    step = SetupStep::limits;
    acceptor::limit_resources(launch.retired_count);
    step = SetupStep::landlock;
    acceptor::deny_files_and_network();
    step = SetupStep::filter;
    acceptor::install_filter(launch.protocol, key);
    acceptor.run();
    return 0;
  } catch (const std::system_error& error) {
    fail(step, error.code().value());
    return exit_setup_failed;
  }
}
