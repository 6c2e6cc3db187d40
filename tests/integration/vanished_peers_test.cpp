// Peers whose machine has gone silent.

#include <cerrno>
#include <cstring>
#include <exception>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>

#include "posix/descriptor.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

// A network namespace for one thread and the processes that it starts, network_namespaces(7). Its
// loopback interface is the network that fails.
class IsolatedNetwork {
 public:
  // Moves the calling thread into a new network. Returns why that is not possible; an empty text
  // means that it was.
  std::string enter() {
    if (::unshare(CLONE_NEWNET) < 0) {
      return "no network namespace: " + std::generic_category().message(errno);
    }
    control_.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // A container may allow the namespace but not its setup, which needs CAP_NET_ADMIN.
    if (set_flags(IFF_UP)) return {};
    return "cannot set up a network: " + std::generic_category().message(errno);
  }
  void fail() {
    if (!set_flags(0)) throw std::system_error(errno, std::generic_category(), "SIOCSIFFLAGS");
  }

 private:
  // Sets the flags of the loopback interface, netdevice(7). Returns false, with errno, on failure.
  bool set_flags(short flags) {
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = flags;
    return ::ioctl(control_.get(), SIOCSIFFLAGS, &request) == 0;
  }
  posix::Descriptor control_;
};

// Lets a peer send `message` to a daemon with that `file`, makes the network fail, and waits for
// the record. Returns why the test must be skipped, or an empty text.
std::string expect_that_it_is_noticed(const std::string& file, const std::string& message) {
  std::string skipped;
  std::thread thread([&] {
    try {
      IsolatedNetwork network;
      skipped = network.enter();
      if (!skipped.empty()) return;
      Daemon daemon("[[listen]]\nport = 0\n" + file);
      Connection peer(daemon.address());
      EXPECT_EQ(peer.receive(7), "welcome");
      peer.send(message);
      network.fail();
      daemon.wait_for_record(" close_reason=peer-vanished");
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  });
  thread.join();
  return skipped;
}

TEST(VanishedPeer, IsNoticedWhenItWasSilent) {
  const auto why_skipped = expect_that_it_is_noticed("[limits]\npeer_timeout = '2s'\n", "");
  if (!why_skipped.empty()) GTEST_SKIP() << why_skipped;
}

TEST(VanishedPeer, IsNoticedDuringADelay) {
  const auto why_skipped = expect_that_it_is_noticed(
      "[greet]\ndelay = '2h'\n[limits]\npeer_timeout = '2s'\n", "alice\n");
  if (!why_skipped.empty()) GTEST_SKIP() << why_skipped;
}

TEST(VanishedPeer, IsNoticedWhenItDoesNotAcknowledge) {
  // The reply is sent after the network has failed.
  const auto why_skipped = expect_that_it_is_noticed(
      "[greet]\ndelay = '500ms'\n[limits]\nidle_timeout = '0s'\npeer_timeout = '2s'\n", "alice\n");
  if (!why_skipped.empty()) GTEST_SKIP() << why_skipped;
}

}  // namespace
}  // namespace yodel::tests
