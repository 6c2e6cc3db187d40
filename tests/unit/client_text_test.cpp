// The client's small texts: lengths of time, and what peers sent as errors show it.
#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "client/duration.hpp"
#include "client/failure.hpp"
#include "client/quote.hpp"

namespace yodel::client {
namespace {

using namespace std::chrono_literals;

TEST(ClientDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("3"), 3s);
  EXPECT_EQ(parse_duration("2.5"), 2500ms);
  EXPECT_EQ(parse_duration("0.5m"), 30s);
  EXPECT_EQ(parse_duration("1440m"), 24h);
}

TEST(ClientDuration, RefusesWhatIsNone) {
  for (const char* const text :
       {"", "0", "0s", "0.0001s", "-1", "+1", "1h", "1 s", "s", ".5", "inf", "nan", "1e3", "1441m",
        "99999999999999999999", "5s ", "0x10"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ClientDuration, IsWrittenAsItIsRead) {
  for (const char* const text : {"1ms", "500ms", "1s", "2.5s", "59s", "1m", "90m", "61s"}) {
    EXPECT_EQ(to_string(parse_duration(text).value()), text);
  }
}

TEST(Quote, LeavesPrintableUtf8Alone) {
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("it's 王小明 €"), "'it's 王小明 €'");
}

TEST(Quote, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(quote("a\n\r\t\\\x1b[m\x7f"), "'a\\n\\r\\t\\\\\\x1b[m\\x7f'");
  EXPECT_EQ(quote(std::string_view("\0", 1)), "'\\x00'");
  EXPECT_EQ(quote("\xc2\x9b"), "'\\xc2\\x9b'");                      // U+009B
  EXPECT_EQ(quote("\xff\x80 \xe7\x8e"), "'\\xff\\x80 \\xe7\\x8e'");  // cut short
  EXPECT_EQ(quote("\xc0\x8a"), "'\\xc0\\x8a'");                      // overlong
  EXPECT_EQ(quote("\xed\xa0\x80"), "'\\xed\\xa0\\x80'");             // a surrogate
}

TEST(Quote, CutsBetweenCharacters) {
  EXPECT_EQ(quote(std::string(72, 'x')), "'" + std::string(72, 'x') + "'");
  EXPECT_EQ(quote(std::string(73, 'x')), "'" + std::string(72, 'x') + "…'");
  EXPECT_EQ(quote(std::string(71, 'x') + "王明"), "'" + std::string(71, 'x') + "王…'");
}

TEST(Failure, CauseIsInLowerCase) {
  EXPECT_EQ(lower_case_cause("Connection refused"), "connection refused");
  EXPECT_EQ(lower_case_cause("RPC struct is bad"), "RPC struct is bad");
  EXPECT_EQ(lower_case_cause(""), "");
}

}  // namespace
}  // namespace yodel::client
