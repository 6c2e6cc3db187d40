// Peers whose machine says nothing any more.

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

// A thread with a network of its own, network_namespaces(7), which whatever it starts is in: its
// loopback is the network that fails.
class LoneNetwork {
 public:
  // Why there is none; empty: there is one now, for the calling thread.
  std::string enter() {
    if (::unshare(CLONE_NEWNET) < 0) {
      return "no network namespace: " + std::generic_category().message(errno);
    }
    control_.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // A container may let us have one and not let us set it up, without CAP_NET_ADMIN.
    if (set_flags(IFF_UP)) return {};
    return "cannot set up a network: " + std::generic_category().message(errno);
  }
  void fail() {
    if (!set_flags(0)) throw std::system_error(errno, std::generic_category(), "SIOCSIFFLAGS");
  }

 private:
  // netdevice(7). False: errno says why not.
  bool set_flags(short flags) {
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = flags;
    return ::ioctl(control_.get(), SIOCSIFFLAGS, &request) == 0;
  }
  posix::Descriptor control_;
};

// Has a peer say `message` to a daemon with that `file`, fails the network, and waits for the
// record. Gives why not; empty: it did.
std::string expect_that_it_is_noticed(const std::string& file, const std::string& message) {
  std::string skipped;
  std::thread thread([&] {
    try {
      LoneNetwork network;
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
  const auto why_not = expect_that_it_is_noticed("[limits]\npeer_timeout = '2s'\n", "");
  if (!why_not.empty()) GTEST_SKIP() << why_not;
}

TEST(VanishedPeer, IsNoticedDuringADelay) {
  const auto why_not = expect_that_it_is_noticed(
      "[greet]\ndelay = '2h'\n[limits]\npeer_timeout = '2s'\n", "alice\n");
  if (!why_not.empty()) GTEST_SKIP() << why_not;
}

TEST(VanishedPeer, IsNoticedWhenItDoesNotAcknowledge) {
  // The reply is sent when the network is gone.
  const auto why_not = expect_that_it_is_noticed(
      "[greet]\ndelay = '500ms'\n[limits]\nidle_timeout = '0s'\npeer_timeout = '2s'\n", "alice\n");
  if (!why_not.empty()) GTEST_SKIP() << why_not;
}

}  // namespace
}  // namespace yodel::tests
