#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>

#include "client/echo/made_input.hpp"
#include "client/echo/summary.hpp"
#include "client/echo/window.hpp"

namespace yodel::client::echo {
namespace {

using namespace std::chrono_literals;

// Puts in as much of `text` as there is contiguous room for.
std::size_t put(Window& window, std::string_view text) {
  const auto room = window.room();
  const auto size = std::min(room.size(), text.size());
  std::copy_n(text.begin(), size, room.begin());
  window.mark_read(size);
  return size;
}

// Returns the first `size` bytes of the pattern, made in parts of `part`.
std::string pattern(std::size_t size, std::size_t part) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size; at += part) {
    const std::size_t end = std::min(size, at + part);
    fill_pattern({bytes.data() + at, end - at}, at);
  }
  return bytes;
}

TEST(MadeInput, IsTheSameInPartsOfAnySize) {
  const auto whole = pattern(1000, 1000);
  for (const std::size_t part : {1U, 3U, 7U, 8U, 9U, 64U})
    EXPECT_EQ(pattern(1000, part), whole) << part;
}

TEST(MadeInput, DoesNotRepeat) {
  const auto bytes = pattern(80'000, 80'000);
  std::set<std::string_view> parts;
  for (std::size_t at = 0; at < bytes.size(); at += 8)
    parts.insert(std::string_view(bytes).substr(at, 8));
  EXPECT_EQ(parts.size(), 10'000U);
}

TEST(MadeInput, FillsTheRoomUntilItsSize) {
  Window window(16);
  const MadeInput input(20, std::nullopt);
  EXPECT_FALSE(input.fill(window));
  EXPECT_EQ(window.read(), 16U);
  EXPECT_FALSE(input.fill(window)) << "there is no room";
  window.mark_sent(16);
  window.mark_returned(16);
  window.mark_written(16);
  EXPECT_TRUE(input.fill(window));
  EXPECT_EQ(window.read(), 20U);
  EXPECT_EQ(window.unsent(), pattern(20, 20).substr(16));
}

TEST(MadeInput, EndsAtItsTimeEvenWithoutRoom) {
  Window window(16);
  EXPECT_FALSE(MadeInput(std::nullopt, std::nullopt).fill(window));
  EXPECT_TRUE(MadeInput(std::nullopt, posix::Clock::now()).fill(window));
}

TEST(Window, LeadsBytesFromTheInputToTheOutput) {
  Window window(4);
  EXPECT_EQ(put(window, "abc"), 3U);
  EXPECT_EQ(window.unsent(), "abc");
  EXPECT_EQ(window.due(), "");
  window.mark_sent(2);
  EXPECT_EQ(window.unsent(), "c");
  EXPECT_EQ(window.due(), "ab");
  window.mark_returned(1);
  EXPECT_EQ(window.due(), "b");
  EXPECT_EQ(window.unwritten(), "a");
  window.mark_written(1);
  EXPECT_EQ(window.unwritten(), "");
  EXPECT_EQ(window.read(), 3U);
  EXPECT_EQ(window.sent(), 2U);
  EXPECT_EQ(window.returned(), 1U);
  EXPECT_EQ(window.written(), 1U);
}

TEST(Window, HasNoRoomForMoreThanItsSize) {
  Window window(4);
  EXPECT_EQ(put(window, "abcdef"), 4U);
  EXPECT_TRUE(window.room().empty());
  window.mark_sent(4);
  window.mark_returned(4);
  EXPECT_TRUE(window.room().empty()) << "not written yet";
  window.mark_written(1);
  EXPECT_EQ(window.room().size(), 1U);
}

TEST(Window, GoesRoundItsRing) {
  Window window(4);
  put(window, "abc");
  window.mark_sent(3);
  window.mark_returned(3);
  window.mark_written(3);
  EXPECT_EQ(put(window, "defg"), 1U);
  EXPECT_EQ(put(window, "efg"), 3U);
  window.mark_sent(1);
  EXPECT_EQ(window.unsent(), "efg");
  window.mark_sent(3);
  EXPECT_EQ(window.due(), "d") << "as far as it is contiguous";
  window.mark_returned(4);
  EXPECT_EQ(window.unwritten(), "d");
  window.mark_written(1);
  EXPECT_EQ(window.unwritten(), "efg");
}

TEST(EchoSummary, IsPrintedInSuitableUnits) {
  EXPECT_EQ(to_string({.bytes = 12'000'000, .time = 800ms}), "12.0 MB in 0.8 s, 15 MB/s");
  EXPECT_EQ(to_string({.bytes = 0, .time = 500us}), "0 bytes in 0.5 ms");
  EXPECT_EQ(to_string({.bytes = 1, .time = 1ms}), "1 byte in 1.0 ms, 1.0 kB/s");
  EXPECT_EQ(to_string({.bytes = 999, .time = 2s}), "999 bytes in 2.0 s, 500 B/s");
  EXPECT_EQ(to_string({.bytes = 3'210'000'000'000, .time = 3210s}), "3.2 TB in 3210.0 s, 1.0 GB/s");
}

TEST(EchoSummary, IsAJsonObject) {
  EXPECT_EQ(to_json({.bytes = 1000, .time = 500ms}),
            R"({"bytes":1000,"bytes_per_second":2000.0,"seconds":0.5})");
  EXPECT_EQ(to_json({}), R"({"bytes":0,"bytes_per_second":0.0,"seconds":0.0})");
}

}  // namespace
}  // namespace yodel::client::echo
