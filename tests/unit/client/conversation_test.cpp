// A connection of `yodel bench`, step by step.
#include "client/bench/conversation.hpp"

#include <gtest/gtest.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

#include "posix/descriptor.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::client::bench {
namespace {

using Step = Conversation::Step;
using namespace std::chrono_literals;

struct Rig {
  Rig() : listener(tests::listen_anywhere()) {
    plan.address.size = sizeof plan.address.storage;
    ::getsockname(listener.fd.get(), plan.address.get(), &plan.address.size);
    plan.connect_timeout = plan.timeout = 10s;
  }

  // Waits for events and handles them.
  Step step() {
    epoll_event event{};
    EXPECT_EQ(::epoll_wait(epoll.get(), &event, 1, 10'000), 1);
    return conversation.handle(event.events);
  }
  Step connect() { return conversation.connect(epoll.get(), 0, 0); }
  [[nodiscard]] posix::Descriptor accept() const {
    return posix::Descriptor(::accept(listener.fd.get(), nullptr, nullptr));
  }
  static void say(const posix::Descriptor& peer, const std::string& text) {
    EXPECT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Connects, and returns the server's end once the welcome has been read.
  posix::Descriptor open() {
    auto now = connect();
    auto peer = accept();
    say(peer, "welcome");
    while (now == Step::waiting)
      now = step();
    EXPECT_EQ(now, Step::ready);
    return peer;
  }

  tests::BoundSocket listener;
  BenchPlan plan;
  posix::Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<char> room = std::vector<char>(65536);
  Tally tally;
  Script script{plan.service, 1};
  Conversation conversation{plan, script, room, tally};
};

// A request whose send failed because the connection had been reset is sent again once, and only
// after the welcome of the next connection.
TEST(Conversations, SendNothingOfTheLastConnection) {
  Rig rig;
  auto first = rig.open();
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(first.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  first.reset();
  auto now = rig.conversation.send_request(1);
  while (now == Step::waiting)
    now = rig.step();
  EXPECT_EQ(now, Step::failed);
  EXPECT_TRUE(rig.conversation.is_unanswered()) << rig.conversation.cause();
  const auto second = rig.open();
  std::vector<char> heard(100);
  EXPECT_EQ(::recv(second.get(), heard.data(), heard.size(), MSG_DONTWAIT), -1);
  EXPECT_EQ(rig.conversation.send_request(1), Step::waiting);
  EXPECT_EQ(::recv(second.get(), heard.data(), heard.size(), 0), 2) << "once";
  Rig::say(second, "hello, 1!\n");
  EXPECT_EQ(rig.step(), Step::replied);
}

// Each connection counts once, as it ends, however it ends.
TEST(Conversations, CountTheKernelsFiguresAsTheyEnd) {
  Rig rig;
  {
    const auto peer = rig.open();
    EXPECT_EQ(rig.tally.tcp.connections, 0u) << "it is open";
    rig.conversation.close();
    rig.conversation.close();
    EXPECT_EQ(rig.tally.tcp.connections, 1u);
    EXPECT_GT(rig.tally.tcp.min_rtt, 0ns);
    EXPECT_GT(rig.tally.tcp.min_mss, 0u);
  }
  rig.open().reset();
  auto now = Step::waiting;
  while (now == Step::waiting)
    now = rig.step();
  EXPECT_EQ(now, Step::ended);
  EXPECT_EQ(rig.tally.tcp.connections, 2u);
  EXPECT_GE(rig.conversation.ended(), rig.conversation.connected());
  rig.listener.fd.reset();
  for (now = rig.connect(); now == Step::waiting;)
    now = rig.step();
  EXPECT_EQ(now, Step::failed);
  EXPECT_EQ(rig.tally.tcp.connections, 3u) << "refused";
  EXPECT_EQ(rig.tally.tcp.rtt.count(), 2u);
}

}  // namespace
}  // namespace yodel::client::bench
