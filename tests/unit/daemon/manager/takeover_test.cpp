// Replacing listening sockets by new ones at overlapping addresses, step by step and without an
// acceptor.

#include "manager/takeover.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <poll.h>
#include <set>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <variant>
#include <vector>

#include "config/load.hpp"
#include "manager/generation.hpp"
#include "manager/systemd/exit_status.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "protocol/launch.hpp"
#include "tests/integration/connection.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

// Between our bind(2) and listen(2), SO_REUSEADDR lets another process bind and listen first.
posix::Descriptor listen_as_another_process(const std::string& where) {
  const auto address = to_socket_address(tests::endpoint_of(where), 0);
  posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  EXPECT_EQ(::bind(socket.get(), address.get(), address.size), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  return socket;
}

struct At {
  std::string address;
  std::string protocol = "greet";
};

// Prepares generations one after the other, at the port of the first.
class TakeoverTest : public ::testing::Test {
 protected:
  Generation prepare(const std::vector<At>& all, const Generation* previous) {
    std::string text;
    for (const auto& [address, protocol] : all) {
      text.append("[[listen]]\naddress = '").append(address).append("'\nport = ");
      text.append(std::to_string(port_)).append("\nprotocol = '").append(protocol).append("'\n");
    }
    PassedSockets none;
    auto made = manager::prepare(config::parse(text)->settings, previous, none, next_id_);
    port_ = made.slots[0].listener->bound().port;
    return made;
  }
  [[nodiscard]] std::string at(const std::string& address) const {
    return address + ":" + std::to_string(port_);
  }
  // Returns whether a connection to that address comes to this listener.
  [[nodiscard]] bool comes_to(const Generation& generation, const std::string& address) const {
    const tests::Connection peer(at(address));
    pollfd fd{.fd = generation.slots[0].listener->descriptor(), .events = POLLIN, .revents = 0};
    (void)posix::poll_until({&fd, 1}, Clock::now() + tests::patience);
    const posix::Descriptor accepted(::accept4(fd.fd, nullptr, nullptr, SOCK_CLOEXEC));
    return accepted.get() >= 0;
  }
  static bool is_shared(const Generation& generation) {
    int on = 0;
    socklen_t size = sizeof on;
    EXPECT_EQ(::getsockopt(generation.slots[0].listener->descriptor(), SOL_SOCKET, SO_REUSEPORT,
                           &on, &size),
              0);
    return on != 0;
  }

 private:
  int port_ = 0;
  SlotId next_id_ = 1;
};

TEST_F(TakeoverTest, HasNoEffectBeforeItListens) {
  const auto wide = prepare({{"0.0.0.0"}}, nullptr);
  const auto narrow = prepare({{"127.0.0.1"}}, &wide);
  EXPECT_TRUE(comes_to(wide, "127.0.0.1"));
  EXPECT_TRUE(std::holds_alternative<event::Listening>(start_listening(narrow, wide)));
  EXPECT_TRUE(comes_to(narrow, "127.0.0.1"));
  EXPECT_TRUE(comes_to(wide, "127.0.0.2")) << "it is not committed yet";
  const auto said = divert_replaced(narrow, wide);
  EXPECT_EQ(said,
            (std::set<std::pair<std::string, std::string>>{{at("0.0.0.0"), at("127.0.0.1")}}));
  EXPECT_THROW((void)comes_to(wide, "127.0.0.2"), std::system_error);
  EXPECT_FALSE(is_shared(wide) || is_shared(narrow));
}

TEST_F(TakeoverTest, FailsIfAnotherProcessWasFaster) {
  const auto narrow = prepare({{"127.0.0.1"}}, nullptr);
  const auto wide = prepare({{"0.0.0.0"}}, &narrow);
  {
    const auto obstacle = listen_as_another_process(at("127.0.0.2"));
    const auto outcome = start_listening(wide, narrow);
    const auto* failed = std::get_if<event::NotListening>(&outcome);
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->why.find("cannot listen at " + at("0.0.0.0") + ": the address is in use"), 0U)
        << failed->why;
  }
  EXPECT_TRUE(comes_to(narrow, "127.0.0.1"));
  EXPECT_FALSE(is_shared(narrow) || is_shared(wide));
}

TEST_F(TakeoverTest, LeavesAHandshakeToTheSameProtocol) {
  const auto wide = prepare({{"0.0.0.0", "echo"}}, nullptr);
  const auto made = prepare({{"127.0.0.1", "greet"}, {"127.0.0.2", "echo"}}, &wide);
  for (const auto& entry : made.slots) {
    ASSERT_EQ(entry.replaced.size(), 1U) << "both count its sessions";
    EXPECT_EQ(entry.replaced[0].where, at("0.0.0.0"));
  }
  EXPECT_FALSE(made.slots[0].replaced[0].socket);
  EXPECT_TRUE(made.slots[1].replaced[0].socket);
  EXPECT_TRUE(is_replaced(*wide.slots[0].listener, made));
}

TEST_F(TakeoverTest, EndsAfterReplacedTime) {
  const auto narrow = prepare({{"127.0.0.1"}}, nullptr);
  const auto before = Clock::now();
  auto wide = prepare({{"0.0.0.0"}}, &narrow);
  const auto& replaced = wide.slots[0].replaced.at(0);
  EXPECT_GE(replaced.until, before + LifeCycle::ready_time + 63s);
  wide.drop_expired(replaced.until - 1ns);
  EXPECT_TRUE(replaced.socket);
  wide.drop_expired(replaced.until);
  EXPECT_FALSE(replaced.socket);
  EXPECT_EQ(replaced.where, at("127.0.0.1")) << "its sessions still count";
}

TEST_F(TakeoverTest, ReplacesAsManySocketsAsAnAcceptorHasRoomFor) {
  auto first = prepare({{"127.0.0.1"}}, nullptr);
  std::vector<At> many;
  for (std::size_t i = 1; i <= protocol::max_retired; ++i)
    many.push_back({"127.0.0." + std::to_string(i)});
  const auto sixteen = prepare(many, &first);
  EXPECT_EQ(prepare({{"0.0.0.0"}}, &sixteen).slots[0].replaced.size(), protocol::max_retired);
  many.push_back({"127.0.0.99"});
  const auto more = prepare(many, &sixteen);
  try {
    (void)prepare({{"0.0.0.0"}}, &more);
    ADD_FAILURE() << "it replaced more";
  } catch (const StartError& error) {
    EXPECT_NE(std::string_view(error.what()).find("would replace 17 sockets"),
              std::string_view::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace yodel::manager
