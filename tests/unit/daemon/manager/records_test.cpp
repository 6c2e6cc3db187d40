// The records about the file, and about connections that cannot be served.

#include "manager/records.hpp"

#include <cerrno>
#include <cstdint>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <utility>

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
            "refused connections at 0.0.0.0:9999: address not in allow, the last from "
            "192.0.2.7:40112 (6 since the last such record)");
  EXPECT_EQ(field(record, "PRIORITY"), "5");
  EXPECT_EQ(field(record, "YODEL_LISTENER"), "0.0.0.0:9999");
  EXPECT_EQ(field(record, "YODEL_PEER_ADDRESS"), "192.0.2.7");
  EXPECT_EQ(field(record, "YODEL_PEER_PORT"), "40112");
  EXPECT_EQ(field(record, "YODEL_COUNT"), "6");
}

TEST(Records, OfAnErrorThatHappenedOnceHaveNoCountInTheMessage) {
  const Record record =
      records::accept_errors("[::]:7", refused(protocol::AcceptError::source_full, 1));
  EXPECT_EQ(field(record, "MESSAGE"),
            "refused connections at [::]:7: too many sessions from one source, the last from "
            "192.0.2.7:40112");
  EXPECT_EQ(field(record, "PRIORITY"), "4");
  EXPECT_EQ(field(record, "YODEL_COUNT"), "1");
}

TEST(Records, OfEachAcceptErrorHaveAnIdOfTheirOwn) {
  const std::string at = "[::]:7";
  const std::pair<protocol::AcceptErrors, std::string> expected[] = {
      {{.kind = protocol::AcceptError::accept_failed, .error = ENFILE, .count = 70},
       "cannot accept connections at [::]:7: Too many open files in system; callers wait (70 since "
       "the last such record)"},
      {{.kind = protocol::AcceptError::fork_failed, .error = EAGAIN, .count = 1},
       "cannot fork a session at [::]:7: Resource temporarily unavailable; callers wait"},
      {{.kind = protocol::AcceptError::sessions_full, .count = 1},
       "session limit reached at [::]:7; callers wait"},
      {refused(protocol::AcceptError::source_full, 1),
       "refused connections at [::]:7: too many sessions from one source, the last from "
       "192.0.2.7:40112"},
      {refused(protocol::AcceptError::not_allowed, 1),
       "refused connections at [::]:7: address not in allow, the last from 192.0.2.7:40112"},
      {refused(protocol::AcceptError::not_a_proxy, 1),
       "refused connections at [::]:7: address not in proxy_from, the last from 192.0.2.7:40112"},
      {refused(protocol::AcceptError::no_header, 1),
       "refused connections at [::]:7: no PROXY header came in time, the last from "
       "192.0.2.7:40112"},
      {refused(protocol::AcceptError::bad_header, 1),
       "refused connections at [::]:7: bad PROXY header, the last from 192.0.2.7:40112"}};
  std::set<std::string> ids;
  for (const auto& [errors, message] : expected) {
    const Record record = records::accept_errors(at, errors);
    EXPECT_EQ(field(record, "MESSAGE"), message);
    ids.insert(field(record, "MESSAGE_ID"));
  }
  EXPECT_EQ(ids.size(), protocol::accept_error_count);
}

}  // namespace
}  // namespace yodel::manager
