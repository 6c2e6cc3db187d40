#include "text/timestamp.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace yodel::text {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

TEST(Timestamp, HasMicroseconds) {
  const Time time{1764432000s + 123456us + 999ns};
  EXPECT_EQ(utc_timestamp(time), "2025-11-29T16:00:00.123456Z");
  EXPECT_EQ(epoch_timestamp(time), "1764432000.123456");
  EXPECT_EQ(epoch_timestamp(Time{1764432000s + 42us}), "1764432000.000042");
}

}  // namespace
}  // namespace yodel::text
