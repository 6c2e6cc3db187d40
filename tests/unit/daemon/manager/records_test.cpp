// The records about the file, and about connections that are not served.

#include "manager/records.hpp"

#include <gtest/gtest.h>

#include "manager/supervisor/records.hpp"
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

protocol::AcceptErrors refused(protocol::AcceptError kind, std::uint64_t count) {
  return {.kind = kind,
          .count = count,
          .peer = {.address = {192, 0, 2, 7}, .port = 40112, .family = protocol::Family::ipv4}};
}

TEST(Records, OfPeersNotInAllowNameTheLast) {
  const Record record =
      records::accept_errors("0.0.0.0:9999", refused(protocol::AcceptError::not_allowed, 6));
  EXPECT_EQ(field(record, "MESSAGE"),
            "refused connections from networks not in allow at 0.0.0.0:9999, the last from "
            "192.0.2.7:40112 (6 since the last such record)");
  EXPECT_EQ(field(record, "PRIORITY"), "5");
  EXPECT_EQ(field(record, "YODEL_LISTENER"), "0.0.0.0:9999");
  EXPECT_EQ(field(record, "YODEL_PEER_ADDRESS"), "192.0.2.7");
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "40112");
  EXPECT_EQ(field(record, "YODEL_COUNT"), "6");
}

TEST(Records, OfATroubleThatHappenedOnceDoNotCountIt) {
  const Record record =
      records::accept_errors("[::]:7", refused(protocol::AcceptError::source_full, 1));
  EXPECT_EQ(field(record, "MESSAGE"),
            "refused connections: too many sessions from one source at [::]:7, the last from "
            "192.0.2.7:40112");
  EXPECT_EQ(field(record, "PRIORITY"), "4");
  EXPECT_EQ(field(record, "YODEL_COUNT"), "1");
  EXPECT_NE(field(record, "MESSAGE_ID"),
            field(records::accept_errors("[::]:7", refused(protocol::AcceptError::not_allowed, 1)),
                  "MESSAGE_ID"));
}

}  // namespace
}  // namespace yodel::manager
