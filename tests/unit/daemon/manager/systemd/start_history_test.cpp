// How long the daemon waits before it starts.

#include "manager/systemd/start_history.hpp"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;

// Returns a back-off that has counted `starts`, all of them at `now`.
StartBackOff after(std::uint32_t starts, Clock::time_point now) {
  StartBackOff back_off;
  for (std::uint32_t i = 0; i < starts; ++i)
    (void)back_off.started(now);
  return back_off;
}

TEST(StartBackOff, DoesNotDelayTheFirstStarts) {
  StartBackOff back_off;
  auto now = Clock::now();
  for (std::uint32_t i = 1; i <= StartBackOff::free_starts; ++i) {
    EXPECT_EQ(back_off.started(now += 1s), 0s);
    EXPECT_EQ(back_off.starts(), i);
  }
  EXPECT_EQ(back_off.started(now), StartBackOff::first_delay);
}

TEST(StartBackOff, DoublesTheDelayUpToTheMaximum) {
  const auto now = Clock::now();
  auto back_off = after(StartBackOff::free_starts, now);
  for (const std::chrono::seconds delay : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s})
    EXPECT_EQ(back_off.started(now), delay);
}

TEST(StartBackOff, BeginsANewCountAfterALongTime) {
  const auto now = Clock::now();
  auto back_off = after(StartBackOff::free_starts, now);
  EXPECT_EQ(back_off.started(now + StartBackOff::forgiven_after - 1ns), 1s);
  // That start was delayed by a second, and counts from then.
  const auto began = now + StartBackOff::forgiven_after - 1ns + 1s;
  auto too_soon = back_off;
  EXPECT_EQ(too_soon.started(began + StartBackOff::forgiven_after - 1ns), 2s);
  EXPECT_EQ(back_off.started(began + StartBackOff::forgiven_after), 0s);
  EXPECT_EQ(back_off.starts(), 1u);
}

TEST(StartBackOff, CanBeReset) {
  const auto now = Clock::now();
  auto back_off = after(100, now);
  back_off.forget();
  EXPECT_EQ(back_off.started(now), 0s);
  EXPECT_EQ(back_off.starts(), 1u);
}

// Returns the descriptor that systemd would pass to the next process.
posix::Descriptor copy_of(const StartHistory& history) {
  return posix::Descriptor(::fcntl(history.descriptor(), F_DUPFD_CLOEXEC, 0));
}

TEST(StartHistory, OutlivesTheProcess) {
  const auto now = Clock::now();
  StartHistory first{posix::Descriptor()};
  ASSERT_GE(first.descriptor(), 0);
  EXPECT_EQ(first.starts(), 0u);
  for (std::uint32_t i = 0; i < StartBackOff::free_starts; ++i)
    EXPECT_EQ(first.started(now), 0s);
  StartHistory second(copy_of(first));
  EXPECT_EQ(second.starts(), StartBackOff::free_starts);
  EXPECT_EQ(second.started(now), 1s);
  StartHistory third(copy_of(second));
  EXPECT_EQ(third.started(now), 2s);
  third.forget();
  StartHistory fourth(copy_of(third));
  EXPECT_EQ(fourth.started(now), 0s);
  EXPECT_EQ(fourth.starts(), 1u);
}

TEST(StartHistory, OfAnotherSizeIsIgnored) {
  const auto now = Clock::now();
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, sizeof(StartBackOff) - 1,
                                 sizeof(StartBackOff) + 1, std::size_t{4096}}) {
    const posix::Descriptor file(::memfd_create("garbage", MFD_CLOEXEC));
    const std::string garbage(size, 'x');
    ASSERT_EQ(::write(file.get(), garbage.data(), size), static_cast<ssize_t>(size));
    StartHistory history(posix::Descriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)));
    EXPECT_EQ(history.starts(), 0u) << size;
    EXPECT_EQ(history.started(now), 0s) << size;
    StartHistory next(copy_of(history));
    EXPECT_EQ(next.starts(), 1u) << "a new history begins there: " << size;
  }
}

}  // namespace
}  // namespace yodel::manager
