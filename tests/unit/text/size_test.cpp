#include "text/size.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <string_view>

namespace yodel::text {
namespace {

TEST(ParseSize, ReadsAWholeNumberWithOrWithoutUnit) {
  EXPECT_EQ(parse_size("1"), 1U);
  EXPECT_EQ(parse_size("65536"), 65536U);
  EXPECT_EQ(parse_size("64K"), 65536U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("3M"), 3U << 20U);
  EXPECT_EQ(parse_size("3MiB"), 3U << 20U);
  EXPECT_EQ(parse_size("1G"), 1U << 30U);
  EXPECT_EQ(parse_size("1GiB"), 1U << 30U);
  EXPECT_EQ(parse_size("9223372036854775807"), 9223372036854775807U);
}

TEST(ParseSize, RefusesAnythingElse) {
  for (const std::string_view text :
       {"", "0", "0K", "-1", "+1", " 1", "1 ", "1 K", "K", "1.5K", "1k", "1KB", "1KiBs", "1T",
        "0x10", "9223372036854775808", "9007199254740992K", "99999999999999999999",
        "8589934592GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(PrintSize, UsesTheLargestUnitThatDivides) {
  EXPECT_EQ(print_size(1), "1");
  EXPECT_EQ(print_size(1000), "1000");
  EXPECT_EQ(print_size(1536), "1536");
  EXPECT_EQ(print_size(65536), "64KiB");
  EXPECT_EQ(print_size(1ULL << 20U), "1MiB");
  EXPECT_EQ(print_size(3ULL << 30U), "3GiB");
}

}  // namespace
}  // namespace yodel::text
