// The texts of failures.
#include "client/failure.hpp"

#include <gtest/gtest.h>

namespace yodel::client {
namespace {

TEST(Failure, CauseIsInLowerCase) {
  EXPECT_EQ(lower_case_cause("Connection refused"), "connection refused");
  EXPECT_EQ(lower_case_cause("RPC struct is bad"), "RPC struct is bad");
  EXPECT_EQ(lower_case_cause(""), "");
}

}  // namespace
}  // namespace yodel::client
