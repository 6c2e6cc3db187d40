#include "text/duration.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace yodel::text {
namespace {

using std::chrono::milliseconds;

TEST(ParseDuration, ReadsUnits) {
  const std::vector<std::pair<std::string_view, std::int64_t>> durations = {
      {"0", 0},
      {"0s", 0},
      {"0d", 0},
      {"500ms", 500},
      {"1s", 1000},
      {"10s", 10'000},
      {"5m", 300'000},
      {"90m", 5'400'000},
      {"1h", 3'600'000},
      {"1d", 86'400'000},
      {"1m30s", 90'000},
      {"1s5ms", 1005},
      {"1m5ms", 60'005},
      {"1d2h3m4s5ms", 93'784'005},
      {"007s", 7000},
      {"365d", 31'536'000'000},
      {"364d24h", 31'536'000'000},
      {"31536000000ms", 31'536'000'000},
      {"1.5s", 1500},
      {"2.5h", 9'000'000},
      {".2s", 200},
      {"1.s", 1000},
      {"0.001s", 1},
      {"1m0.5s", 60'500},
      {"1000us", 1},
      {"0.25d", 21'600'000},
  };
  for (const auto& [text, count] : durations) {
    EXPECT_EQ(parse_duration(text), milliseconds(count)) << text;
  }
}

TEST(ParseDuration, RefusesAnythingElse) {
  const std::vector<std::string_view> texts = {
      "",        " ",     "1",       "00",   "s",         "..s",       "1 s",    " 1s",  "1s ",
      "-1s",     "+1s",   "1.2.3s",  "1S",   "1sec",      "1w",        ".s",     "1s1m", "1s1s",
      "1m1m",    "5ms1s", "1s2",     "1d2",  "0x1s",      "1_0s",      "366d",   "1s\n", "1s,1s",
      "365d1ms", "8761h", "525601m", "1e3s", "\xc2\xb5s", "365d0h1ms", "364d25h"};
  for (const std::string_view text : texts) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_duration("31536000001ms"), std::nullopt);
  EXPECT_EQ(parse_duration("18446744073709551616s"), std::nullopt);  // 2^64
  EXPECT_EQ(parse_duration("9223372036854775807d"), std::nullopt);   // the product overflows
  EXPECT_EQ(parse_duration(std::string(100'000, '9') + "s"), std::nullopt);
  EXPECT_EQ(parse_duration(std::string_view("1s\0", 3)), std::nullopt);
}

TEST(ParseDuration, ReadsDecimalsToTheNanosecond) {
  EXPECT_EQ(parse_duration("0.1us"), std::chrono::nanoseconds(100));
  EXPECT_EQ(parse_duration("1.000000001s"), std::chrono::nanoseconds(1'000'000'001));
  EXPECT_EQ(parse_duration("1.0000000000000000000000s"), milliseconds(1000));
  EXPECT_EQ(parse_duration("0.0000000001s"), std::nullopt);
  EXPECT_EQ(parse_duration("0.0001us"), std::nullopt);
  EXPECT_EQ(parse_duration("1.00000000000001s"), std::nullopt);
  EXPECT_EQ(parse_duration("0.123456789012d"), std::nullopt);
}

TEST(ParseSeconds, ReadsABareNumberAsSeconds) {
  EXPECT_EQ(parse_seconds("3"), milliseconds(3000));
  EXPECT_EQ(parse_seconds("2.5"), milliseconds(2500));
  EXPECT_EQ(parse_seconds(".2"), milliseconds(200));
  EXPECT_EQ(parse_seconds("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(parse_seconds("500us"), std::chrono::microseconds(500));
  for (const char* const text : {"", ".", "1h30", "-1", "inf", "nan", "1e3", "1 s", "31536001"}) {
    EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
  }
}

TEST(PrintDuration, UsesTheLargestUnits) {
  EXPECT_EQ(print_duration(milliseconds(0)), "0s");
  EXPECT_EQ(print_duration(milliseconds(1)), "1ms");
  EXPECT_EQ(print_duration(milliseconds(500)), "500ms");
  EXPECT_EQ(print_duration(milliseconds(10'000)), "10s");
  EXPECT_EQ(print_duration(milliseconds(90'000)), "1m30s");
  EXPECT_EQ(print_duration(milliseconds(3'600'000)), "1h");
  EXPECT_EQ(print_duration(milliseconds(93'784'005)), "1d2h3m4.005s");
  EXPECT_EQ(print_duration(max_duration), "365d");
  EXPECT_EQ(print_duration(milliseconds(2500)), "2.5s");
  EXPECT_EQ(print_duration(std::chrono::microseconds(1500)), "1.5ms");
  EXPECT_EQ(print_duration(std::chrono::nanoseconds(1)), "0.001us");
  EXPECT_EQ(print_duration(std::chrono::nanoseconds(60'000'000'001)), "1m0.000000001s");
}

TEST(PrintDuration, IsReadBack) {
  for (std::int64_t count = 0; count <= max_duration.count(); count = count * 7 / 5 + 1) {
    EXPECT_EQ(parse_duration(print_duration(milliseconds(count))), milliseconds(count)) << count;
  }
}

TEST(RoundedDuration, UsesTheUnitThatSuitsIt) {
  using std::chrono::microseconds;
  const auto rounded = [](microseconds time) { return rounded_duration(time); };
  EXPECT_EQ(rounded(microseconds(0)), "0 s");
  EXPECT_EQ(rounded(microseconds(104)), "104 µs");
  EXPECT_EQ(rounded(microseconds(2'104)), "2.1 ms");
  EXPECT_EQ(rounded(microseconds(99'600)), "99.6 ms");
  EXPECT_EQ(rounded(microseconds(99'960)), "100 ms");
  EXPECT_EQ(rounded(microseconds(812'345)), "812 ms");
  EXPECT_EQ(rounded(microseconds(999'499)), "999 ms");
  EXPECT_EQ(rounded(microseconds(999'500)), "1 s");
  EXPECT_EQ(rounded(microseconds(10'773'536)), "10.8 s");
  EXPECT_EQ(rounded(microseconds(59'600'000)), "59.6 s");
  EXPECT_EQ(rounded(microseconds(59'960'000)), "1 min");
  EXPECT_EQ(rounded(microseconds(90'000'000)), "1.5 min");
  EXPECT_EQ(rounded(microseconds(300'000'123)), "5 min");
  EXPECT_EQ(rounded(milliseconds(3'599'999)), "1 h");
  EXPECT_EQ(rounded(milliseconds(36'000'000)), "10 h");
  EXPECT_EQ(rounded(milliseconds(86'399'999)), "1 d");
  EXPECT_EQ(rounded(max_duration), "365 d");
  EXPECT_EQ(rounded(10 * max_duration), "3650 d");
  EXPECT_EQ(rounded_duration(std::chrono::nanoseconds(1'449)), "1.4 µs");
}

}  // namespace
}  // namespace yodel::text
