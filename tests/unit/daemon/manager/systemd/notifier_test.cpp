// The notifications that systemd would read, from a socket in its place.

#include "manager/systemd/notifier.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/notify_socket.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

constexpr auto patience = 10s;

// Has a socket that NOTIFY_SOCKET names.
class NotifierTest : public ::testing::Test {
 protected:
  void SetUp() override { set("NOTIFY_SOCKET", socket_.path()); }
  void TearDown() override {
    for (const auto& name : set_)
      ::unsetenv(name.c_str());
  }

  // Sets an environment variable until the end of the test.
  void set(const std::string& name, const std::string& value) {
    ::setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }

  // Returns the next state that waits, or std::nullopt if there is none.
  auto take() { return socket_.take(); }
  std::string take_text() {
    const auto state = take();
    return state ? state->text : "<none>";
  }

  // Sends until nothing more fits. Returns how many it sent.
  [[nodiscard]] int fill() const { return socket_.fill(); }
  [[nodiscard]] int socket() const { return socket_.descriptor(); }
  [[nodiscard]] static std::optional<std::chrono::microseconds> watchdog() {
    return Notifier().watchdog();
  }

 private:
  tests::TemporaryFolder folder_;
  tests::NotifySocket socket_{folder_.path() + "/notify"};
  std::vector<std::string> set_;
};

TEST_F(NotifierTest, SendsStatesAsSystemdReadsThem) {
  Notifier notify;
  notify.ready();
  EXPECT_EQ(take_text(), "READY=1");
  notify.stopping(12s);
  EXPECT_EQ(take_text(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=12000000");
  notify.starting(1500ms);
  EXPECT_EQ(take_text(), "EXTEND_TIMEOUT_USEC=1500000");
  notify.status("well");
  EXPECT_EQ(take_text(), "STATUS=well");
  notify.alive();
  EXPECT_EQ(take_text(), "WATCHDOG=1");
  EXPECT_EQ(take_text(), "<none>");
  EXPECT_FALSE(notify.next_attempt());
}

TEST_F(NotifierTest, ReportsWhenAReloadBeganByTheClockOfSystemd) {
  Notifier notify;
  const auto usec = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch())
        .count();
  };
  const auto before = usec();
  notify.reloading();
  const auto after = usec();
  const std::string text = take_text();
  const std::string prefix = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_TRUE(text.starts_with(prefix)) << text;
  const auto sent = std::stoll(text.substr(prefix.size()));
  EXPECT_GE(sent, before);
  EXPECT_LE(sent, after);
}

TEST_F(NotifierTest, KnowsTheWatchdog) {
  EXPECT_FALSE(watchdog()) << "it is not set";
  set("WATCHDOG_USEC", "3000000");
  EXPECT_EQ(watchdog(), 3s);
  set("WATCHDOG_PID", std::to_string(::getpid()));
  EXPECT_EQ(watchdog(), 3s);
}

TEST_F(NotifierTest, TheWatchdogOfAnotherProcessIsNotOurs) {
  set("WATCHDOG_USEC", "3000000");
  for (const std::string& pid : {std::to_string(::getppid()), std::string("0"), std::string("me"),
                                 std::to_string(::getpid()) + "x", std::string()}) {
    set("WATCHDOG_PID", pid);
    EXPECT_FALSE(watchdog()) << pid;
  }
}

TEST_F(NotifierTest, AWatchdogThatIsNotANumberIsIgnored) {
  for (const std::string usec : {"", "0", "-1", "1s", "x", "99999999999999999999"}) {
    set("WATCHDOG_USEC", usec);
    EXPECT_FALSE(watchdog()) << usec;
  }
}

TEST_F(NotifierTest, StoresADescriptorUnderItsName) {
  set("FDSTORE", "16");
  Notifier notify;
  EXPECT_TRUE(notify.has_store());
  notify.store("a-name", socket());
  const auto state = take();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->text, "FDSTORE=1\nFDNAME=a-name");
  ASSERT_TRUE(state->fd);
  EXPECT_TRUE(tests::same_file(state->fd.get(), socket()));
  notify.forget("a-name");
  EXPECT_EQ(take_text(), "FDSTOREREMOVE=1\nFDNAME=a-name");
}

TEST_F(NotifierTest, WithoutAStoreNothingIsStored) {
  for (const char* store : {"", "0", "no"}) {
    set("FDSTORE", store);
    Notifier notify;
    EXPECT_FALSE(notify.has_store());
    notify.store("a-name", socket());
    notify.forget("a-name");
    EXPECT_EQ(take_text(), "<none>");
  }
}

TEST_F(NotifierTest, SettlesWhenTheReceiverClosesTheBarrier) {
  Notifier notify;
  bool is_processed = false;
  std::thread receiver([&] {
    pollfd fd{.fd = socket(), .events = POLLIN, .revents = 0};
    if (posix::poll_until({&fd, 1}, Clock::now() + patience) != 1) return;
    auto state = take();
    EXPECT_EQ(state->text, "BARRIER=1");
    EXPECT_TRUE(state->fd);
    is_processed = true;
    state.reset();  // closes it
  });
  const auto start = Clock::now();
  notify.settle(2 * patience);
  EXPECT_LT(Clock::now() - start, patience);
  EXPECT_TRUE(is_processed);
  receiver.join();
}

TEST_F(NotifierTest, SettlesAtItsDeadlineAtTheLatest) {
  Notifier notify;
  const auto start = Clock::now();
  notify.settle(50ms);
  EXPECT_GE(Clock::now() - start, 50ms);
  EXPECT_LT(Clock::now() - start, patience);
  EXPECT_EQ(take_text(), "BARRIER=1");
}

TEST_F(NotifierTest, SettlesAtItsDeadlineIfNothingCanBeSent) {
  ASSERT_GT(fill(), 0);
  Notifier notify;
  const auto start = Clock::now();
  notify.settle(50ms);
  EXPECT_GE(Clock::now() - start, 50ms);
  EXPECT_LT(Clock::now() - start, patience);
}

TEST_F(NotifierTest, StatesThatCannotBeSentWaitInOrder) {
  set("FDSTORE", "16");
  const int filled = fill();
  Notifier notify;
  notify.store("a-name", socket());
  notify.ready();
  ASSERT_TRUE(notify.next_attempt());
  EXPECT_LE(*notify.next_attempt(), Clock::now() + Notifier::retry_interval);
  for (int i = 0; i < filled; ++i)
    EXPECT_EQ(take_text(), "X");
  notify.flush();
  const auto stored = take();
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->text, "FDSTORE=1\nFDNAME=a-name");
  EXPECT_TRUE(tests::same_file(stored->fd.get(), socket())) << "with its descriptor";
  EXPECT_EQ(take_text(), "READY=1");
  EXPECT_FALSE(notify.next_attempt());
}

TEST_F(NotifierTest, OfSignsOfLifeAndStatusOnlyTheLatestWaits) {
  const int filled = fill();
  Notifier notify;
  for (const char* status : {"first", "second", "last"}) {
    notify.alive();
    notify.status(status);
  }
  EXPECT_TRUE(notify.next_attempt());
  for (int i = 0; i < filled; ++i)
    EXPECT_EQ(take_text(), "X");
  notify.flush();
  EXPECT_EQ(take_text(), "WATCHDOG=1");
  EXPECT_EQ(take_text(), "STATUS=last");
  EXPECT_EQ(take_text(), "<none>");
  EXPECT_FALSE(notify.next_attempt());
}

TEST(Notifier, WithoutASocketDoesNothing) {
  ::unsetenv("NOTIFY_SOCKET");
  ::setenv("FDSTORE", "16", 1);
  ::setenv("WATCHDOG_USEC", "1000000", 1);
  Notifier notify;
  ::unsetenv("FDSTORE");
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(notify.has_store());
  EXPECT_FALSE(notify.watchdog());
  notify.ready();
  notify.alive();
  notify.status("well");
  notify.settle(1h);  // there is nobody to wait for
  EXPECT_FALSE(notify.next_attempt());
}

}  // namespace
}  // namespace yodel::manager
