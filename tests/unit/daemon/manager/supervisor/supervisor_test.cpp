// How slots change while their acceptors, which are real ones, serve, die and are released.

#include "manager/supervisor/supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <iterator>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "manager/generation.hpp"
#include "manager/listener.hpp"
#include "manager/supervisor/spawn.hpp"
#include "posix/child.hpp"
#include "posix/poll.hpp"
#include "posix/signals.hpp"
#include "protocol/launch.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using Kind = SlotChange::Kind;

constexpr auto patience = 20s;
// Sessions that are left are not ended.
const EndTimes never{.end = posix::Clock::time_point::max(),
                     .hurry = posix::Clock::time_point::max(),
                     .kill = posix::Clock::time_point::max()};

// A supervisor with one slot, and the event loop that a manager would run it in.
class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override { child_ends_.block(); }
  void TearDown() override { child_ends_.unblock(); }

  void serve(SlotId id, const config::Settings& settings = config::default_settings()) {
    supervisor_.serve(slot(id, settings, 0));
  }
  void change(SlotId id, const config::Settings& settings, std::uint32_t revision) {
    supervisor_.change(slot(id, settings, revision), never);
  }
  [[nodiscard]] const std::string& where() const { return listener_.text(); }

  // Returns the next change. Fails the test if there is none in time.
  SlotChange next_change() {
    const auto deadline = posix::Clock::now() + patience;
    while (changes_.empty() && posix::Clock::now() < deadline)
      turn(deadline);
    if (changes_.empty()) {
      ADD_FAILURE() << "no slot has changed";
      return {};
    }
    auto change = std::move(changes_.front());
    changes_.erase(changes_.begin());
    return change;
  }
  void expect(Kind kind, SlotId slot) {
    const auto change = next_change();
    EXPECT_EQ(change.kind, kind) << change.why;
    EXPECT_EQ(change.slot, slot);
  }
  void wait_until_empty() {
    const auto deadline = posix::Clock::now() + patience;
    while (!supervisor_.is_empty() && posix::Clock::now() < deadline)
      turn(deadline);
    EXPECT_TRUE(supervisor_.is_empty());
  }

  // Returns the acceptors that are children of this process.
  static std::vector<pid_t> acceptors() {
    std::vector<pid_t> pids;
    for (const pid_t pid : tests::children_of(::getpid())) {
      if (tests::name_of(pid) == "yodel-acceptor") pids.push_back(pid);
    }
    return pids;
  }

  Supervisor& supervisor() { return supervisor_; }
  bool has_message(std::string_view text) {
    return std::any_of(messages_.begin(), messages_.end(), [&](const std::string& message) {
      return message.find(text) != std::string::npos;
    });
  }

 private:
  void turn(posix::Clock::time_point deadline) {
    std::vector<pollfd> fds{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
    const auto now = posix::Clock::now();
    supervisor_.add_descriptors(fds, now);
    const int ready =
        posix::poll_until(fds, posix::earlier(supervisor_.next_deadline(now), deadline));
    if (ready > 0) supervisor_.read(std::span(fds).subspan(1));
    while (child_ends_.take_waiting()) {
    }
    while (const auto ended = posix::reap_any())
      supervisor_.on_exit(ended->first, ended->second);
    supervisor_.advance(posix::Clock::now());
    (void)supervisor_.beat(posix::Clock::now());
    for (auto& change : supervisor_.take_changes())
      changes_.push_back(std::move(change));
    for (const auto& record : supervisor_.take_records())
      messages_.push_back(record.fields()[2]);
  }

  [[nodiscard]] Slot slot(SlotId id, const config::Settings& settings,
                          std::uint32_t revision) const {
    auto launch = make_launch(settings, listen_);
    launch.revision = revision;
    return {
        .id = id, .listener = listener_.descriptor(), .where = listener_.text(), .launch = launch};
  }

  static config::Listen any_port() {
    auto listen = config::default_listener();
    listen.endpoint.port = 0;
    return listen;
  }

  posix::SignalSet child_ends_{SIGCHLD};
  posix::Descriptor signals_ = posix::open_signal_descriptor(child_ends_);
  config::Listen listen_ = any_port();
  Listener listener_ = Listener::bind(listen_);
  Supervisor supervisor_{AcceptorProgram::find(), Heartbeat(std::nullopt)};
  std::vector<SlotChange> changes_;
  std::vector<std::string> messages_;
};

TEST_F(SupervisorTest, ASlotIsServedAndClosed) {
  serve(7);
  expect(Kind::served, 7);
  EXPECT_EQ(acceptors().size(), 1U);
  supervisor().release({7}, never);
  expect(Kind::closed, 7);
  wait_until_empty();
  EXPECT_TRUE(acceptors().empty());
}

TEST_F(SupervisorTest, AnAcceptorThatDiesIsLostAndAnotherOneServes) {
  serve(7);
  expect(Kind::served, 7);
  const auto first = acceptors().at(0);
  ::kill(first, SIGKILL);
  const auto lost = next_change();
  EXPECT_EQ(lost.kind, Kind::lost);
  EXPECT_TRUE(lost.why.ends_with(" died")) << lost.why;
  expect(Kind::served, 7);
  EXPECT_NE(acceptors().at(0), first);
  EXPECT_TRUE(has_message("killed by signal 9"));
}

TEST_F(SupervisorTest, AnAcceptorThatReceivesSigtermIsReplaced) {
  serve(7);
  expect(Kind::served, 7);
  ::kill(acceptors().at(0), SIGTERM);
  const auto lost = next_change();
  EXPECT_EQ(lost.kind, Kind::lost);
  EXPECT_TRUE(lost.why.ends_with(" was terminated")) << lost.why;
  expect(Kind::served, 7);
}

// No session outlives session_timeout for long, whatever it does.
TEST_F(SupervisorTest, ASessionThatIsLongOverdueIsKilled) {
  auto settings = config::default_settings();
  settings.limits.session_timeout = 1h;
  serve(7, settings);
  expect(Kind::served, 7);
  tests::Connection peer(where());
  peer.receive(7);
  const auto acceptor = acceptors().at(0);
  const auto session = tests::sessions_of(acceptor, 1).front();
  tests::wait_until_idle(acceptor);  // the supervisor finds the session by the pid it enters
  const auto now = posix::Clock::now();
  (void)supervisor().beat(now + 1h);
  EXPECT_TRUE(tests::is_running(session)) << "it may still end by itself";
  (void)supervisor().beat(now + 1h + 40s);
  tests::wait_until("its end", [&] { return !tests::is_running(session); });
  supervisor().release({7}, never);
  expect(Kind::closed, 7);
  wait_until_empty();
  EXPECT_TRUE(has_message("killing session process " + std::to_string(session)));
}

TEST_F(SupervisorTest, ASlotAppliesNewSettings) {
  auto settings = config::default_settings();
  serve(7, settings);
  expect(Kind::served, 7);
  settings.greet.welcome = "another";
  change(7, settings, 1);
  expect(Kind::applied, 7);
  EXPECT_EQ(tests::Connection(where()).receive(7), "another");
  change(7, settings, 1);
  expect(Kind::applied, 7);  // nothing had changed
  // The next acceptor starts with them.
  ::kill(acceptors().at(0), SIGKILL);
  expect(Kind::lost, 7);
  expect(Kind::served, 7);
  EXPECT_EQ(tests::Connection(where()).receive(7), "another");
}

TEST_F(SupervisorTest, AnAcceptorThatDoesNotApplySettingsIsKilled) {
  auto settings = config::default_settings();
  serve(7, settings);
  expect(Kind::served, 7);
  ::kill(acceptors().at(0), SIGSTOP);
  change(7, settings, 1);
  supervisor().kill_stuck();
  expect(Kind::lost, 7);
  expect(Kind::served, 7);
  expect(Kind::applied, 7);
  EXPECT_TRUE(has_message("it does not act on the reload"));
}

TEST_F(SupervisorTest, AReleasedSlotIsClosedWhenItsAcceptorDies) {
  serve(7);
  expect(Kind::served, 7);
  const auto pid = acceptors().at(0);
  ::kill(pid, SIGSTOP);
  supervisor().release({7}, never);
  ::kill(pid, SIGKILL);
  expect(Kind::closed, 7);
  wait_until_empty();
}

TEST_F(SupervisorTest, AnAcceptorThatDoesNotStopAcceptingIsKilled) {
  serve(7);
  expect(Kind::served, 7);
  ::kill(acceptors().at(0), SIGSTOP);
  supervisor().release({7}, never);
  supervisor().kill_stuck();
  expect(Kind::closed, 7);
  wait_until_empty();
  EXPECT_TRUE(has_message("it does not act on the reload"));
}

TEST_F(SupervisorTest, AnAcceptorThatKeepsDyingIsRestarted) {
  serve(7);
  // Later restarts take seconds each: restart_policy_test.cpp.
  for (int deaths = 1; deaths <= 3; ++deaths) {
    expect(Kind::served, 7);
    ::kill(acceptors().at(0), SIGKILL);
    expect(Kind::lost, 7);
  }
  supervisor().release({7}, never);
  expect(Kind::closed, 7);
  wait_until_empty();
}

TEST_F(SupervisorTest, ASlotThatCannotBeStartedIsLost) {
  supervisor().serve({.id = 7, .listener = -1, .where = "nowhere", .launch = {}});
  const auto lost = next_change();
  EXPECT_EQ(lost.kind, Kind::lost);
  EXPECT_EQ(lost.slot, 7U);
  EXPECT_NE(lost.why.find("Bad file descriptor"), std::string::npos) << lost.why;
  supervisor().release({7}, never);
  expect(Kind::closed, 7);
  EXPECT_TRUE(supervisor().is_empty());
}

// An acceptor's descriptors are copied to low numbers before its program is started by its own,
// which a manager with few descriptors would have there.
TEST(AcceptorProgram, IsOpenAboveTheDescriptorsOfAnAcceptor) {
  const auto before = tests::descriptors_of(::getpid());
  const auto program = AcceptorProgram::find();
  std::vector<int> added;
  std::ranges::set_difference(tests::descriptors_of(::getpid()), before, std::back_inserter(added));
  ASSERT_EQ(added.size(), 1U);
  EXPECT_GE(added[0], protocol::first_retired_descriptor + static_cast<int>(protocol::max_retired));
}

}  // namespace
}  // namespace yodel::manager
