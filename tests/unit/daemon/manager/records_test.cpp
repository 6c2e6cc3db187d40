// The records about the file.

#include "manager/records.hpp"

#include <gtest/gtest.h>

#include "tests/unit/daemon/manager/record_field.hpp"

namespace yodel::manager {
namespace {

using log::Record;
using tests::field;

TEST(Records, NameThePlaceInTheFile) {
  const Record record = records::diagnostic(
      "y.toml", {.where = {7, 8}, .severity = config::Severity::error, .text = "wrong"});
  EXPECT_EQ(field(record, "MESSAGE"), "y.toml:7:8: error: wrong");
  EXPECT_EQ(field(record, "YODEL_CONFIG_LINE"), "7");
  EXPECT_EQ(field(record, "PRIORITY"), "3");
}

}  // namespace
}  // namespace yodel::manager
