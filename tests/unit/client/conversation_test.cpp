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

class Conversations : public testing::Test {
 protected:
  Conversations() : listener_(tests::listen_anywhere()) {
    plan_.address.size = sizeof plan_.address.storage;
    ::getsockname(listener_.fd.get(), plan_.address.get(), &plan_.address.size);
    plan_.connect_timeout = plan_.timeout = 10s;
  }

  // Waits for events, and takes them in.
  Step step() {
    epoll_event event{};
    EXPECT_EQ(::epoll_wait(epoll_.get(), &event, 1, 10'000), 1);
    return conversation_.take(event.events, tally_);
  }
  Step connect() { return conversation_.connect(epoll_.get(), 0, 0, tally_); }
  posix::Descriptor accept() {
    return posix::Descriptor(::accept(listener_.fd.get(), nullptr, nullptr));
  }
  static void say(const posix::Descriptor& peer, const std::string& text) {
    EXPECT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Until the welcome is read.
  posix::Descriptor open() {
    auto now = connect();
    auto peer = accept();
    say(peer, "welcome");
    while (now == Step::waiting)
      now = step();
    EXPECT_EQ(now, Step::ready);
    return peer;
  }

  tests::BoundSocket listener_;
  BenchPlan plan_;
  posix::Descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<char> room_ = std::vector<char>(65536);
  Tally tally_;
  Script script_{plan_.service, 1};
  Conversation conversation_{plan_, script_, room_};
};

// A request whose send has failed, for the connection was reset before, is not sent before the
// welcome of the next one, nor twice.
TEST_F(Conversations, SendNothingOfTheLastConnection) {
  auto first = open();
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(first.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  first.reset();
  auto now = conversation_.ask(1, tally_);
  while (now == Step::waiting)
    now = step();
  EXPECT_EQ(now, Step::failed);
  EXPECT_TRUE(conversation_.is_unanswered()) << conversation_.cause();
  const auto second = open();
  std::vector<char> heard(100);
  EXPECT_EQ(::recv(second.get(), heard.data(), heard.size(), MSG_DONTWAIT), -1);
  EXPECT_EQ(conversation_.ask(1, tally_), Step::waiting);
  EXPECT_EQ(::recv(second.get(), heard.data(), heard.size(), 0), 2) << "once";
  say(second, "hello, 1!\n");
  EXPECT_EQ(step(), Step::replied);
}

}  // namespace
}  // namespace yodel::client::bench
