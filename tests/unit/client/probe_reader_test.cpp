// Tests of the reader of a probe server with bytes in whatever pieces they arrive.
#include "client/exchange/probe_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::client {
namespace {

using namespace std::chrono_literals;

constexpr Service probe{.protocol = protocol::Protocol::probe};
const std::string header =
    "probe/1 version=0.2.0 host=echo%201 session=3-17 peer=203.0.113.9:40112 new.key=a=b\n";
const std::string times = " rx=1764432000.123456789 tx=1764432000.123460120 retransmits=0";

// The reply to "7 abc", which is what reply_of() returns for it.
const std::string due = "7 data=7 abc";
const std::string reply = "7" + times + " data=7 abc\n";

// Reads the pieces in turn, each to its end or the first fault. Returns all verdicts but
// `incomplete`.
std::vector<Reading> read_all(ProbeReader& reader, const std::vector<std::string>& pieces) {
  std::vector<Reading> verdicts;
  for (std::string_view bytes : pieces) {
    while (!bytes.empty()) {
      const auto reading = reader.read(bytes);
      if (reading != Reading::incomplete) verdicts.push_back(reading);
      if (is_fault(reading)) return verdicts;
    }
  }
  return verdicts;
}

// A reader that has read the header and expects the reply to "7 abc".
ProbeReader asked() {
  ProbeReader reader(probe);
  EXPECT_EQ(read_all(reader, {header}), std::vector{Reading::welcome});
  reader.expect(due);
  return reader;
}

// Returns what is wrong with `line`, sent as the reply to "7 abc"; empty if nothing is.
std::string complaint(const std::string& line) {
  auto reader = asked();
  const auto verdicts = read_all(reader, {line});
  if (verdicts.empty()) return "incomplete";
  return is_fault(verdicts.front()) ? reader.complaint() : std::string();
}

TEST(ProbeReader, ReadsTheHeaderInPiecesOfAnySize) {
  for (std::size_t size = 1; size <= header.size(); ++size) {
    ProbeReader reader(probe);
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < header.size(); at += size)
      pieces.push_back(header.substr(at, size));
    EXPECT_EQ(read_all(reader, pieces), std::vector{Reading::welcome});
    ASSERT_NE(reader.header(), nullptr);
    EXPECT_EQ(reader.header()->find("host"), "echo 1");
    EXPECT_EQ(reader.header()->find("session"), "3-17");
    EXPECT_EQ(reader.header()->find("new.key"), "a=b");
    EXPECT_EQ(reader.header()->find("local"), std::nullopt);
    EXPECT_EQ(reader.received(), "");
  }
}

TEST(ProbeReader, ReadsRepliesInPiecesOfAnySize) {
  for (std::size_t size = 1; size <= reply.size(); ++size) {
    auto reader = asked();
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < reply.size(); at += size)
      pieces.push_back(reply.substr(at, size));
    EXPECT_EQ(read_all(reader, pieces), std::vector{Reading::reply});
    EXPECT_EQ(reader.server_time(), 3331ns);
    EXPECT_EQ(reader.reply_size(), reply.size());
    reader.expect("8 data=8 abc");
    EXPECT_EQ(read_all(reader, {"8 tx=1764432001.000000000 data=8 abc\n"}),
              std::vector{Reading::reply});
    EXPECT_EQ(reader.server_time(), std::nullopt) << "there is no rx";
  }
}

TEST(ProbeReader, LeavesWhatFollowsAReplyToTheNext) {
  auto reader = asked();
  const std::string both = reply + "8" + times + " data=8 abc\n";
  std::string_view bytes = both;
  EXPECT_EQ(reader.read(bytes, true), Reading::reply);
  reader.expect("8 data=8 abc");
  EXPECT_EQ(reader.read(bytes), Reading::reply);
  EXPECT_TRUE(bytes.empty());
}

TEST(ProbeReader, ChecksAllOfAReply) {
  EXPECT_EQ(complaint(reply), "");
  EXPECT_EQ(complaint("7 new=1 tx=1.000000000 data=7 abc\n"), "") << "an unknown key";
  const std::string of = "expected the reply to '7', got ";
  const auto got = [&](const std::string& text, const std::string& fault) {
    return of + "'" + text + "\\n' (" + fault + ")";
  };
  const std::string other = "its ID is another one";
  EXPECT_EQ(complaint("7 tx=1.000000000 data=7 abd\n"),
            got("7 tx=1.000000000 data=7 abd", "its data differs from byte 5 on"));
  EXPECT_EQ(complaint("7 tx=1.000000000 data=7 abc \n"),
            got("7 tx=1.000000000 data=7 abc ", "its data differs from byte 6 on"));
  EXPECT_EQ(complaint("7 tx=1.000000000 data=7 ab\n"),
            got("7 tx=1.000000000 data=7 ab", "its data differs from byte 5 on"));
  EXPECT_EQ(complaint("7 tx=1.000000000\n"), got("7 tx=1.000000000", "it has no data"));
  EXPECT_EQ(complaint("7 data=7 abc\n"), got("7 data=7 abc", "it has no tx"));
  EXPECT_EQ(complaint("7 tx data=7 abc\n"), got("7 tx data=7 abc", "'tx' is no KEY=VALUE"));
  EXPECT_EQ(complaint("7  tx=1.000000000\n"), got("7  tx=1.000000000", "'' is no KEY=VALUE"));
  EXPECT_EQ(complaint("7 mss=-1\n"), got("7 mss=-1", "mss is no number"));
  EXPECT_EQ(complaint("7 tx=1.000000000 retransmits=\n"),
            got("7 tx=1.000000000 retransmits=", "retransmits is no number"));
  EXPECT_EQ(complaint("8 tx=1.000000000 data=7 abc\n"), got("8 tx=1.000000000 data=7 abc", other));
  EXPECT_EQ(complaint("77 tx=1.000000000 data=7 abc\n"),
            got("77 tx=1.000000000 data=7 abc", other));
  EXPECT_EQ(complaint("\n"), got("", "it has no tx"));
}

TEST(ProbeReader, TakesNoOtherNumberForATime) {
  for (const std::string time :
       {"", "1", "1.", ".000000000", "1.00000000", "1.0000000000", "-1.000000000", "1.-00000000",
        "+1.000000000", "1.00000000x", "1e3.000000000", "9000000001.000000000",
        "99999999999999999999.000000000", "1,000000000", "\x31\x30.000000000\t"}) {
    EXPECT_NE(complaint("7 rx=1.000000000 tx=" + time + " data=7 abc\n").find("tx is no time"),
              std::string::npos)
        << time;
  }
  auto reader = asked();
  EXPECT_EQ(read_all(reader, {"7 rx=9000000000.999999999 tx=0.000000000 data=7 abc\n"}),
            std::vector{Reading::reply});
  EXPECT_EQ(reader.server_time(), -9'000'000'000s - 999'999'999ns) << "a clock was set";
}

TEST(ProbeReader, ShowsTheServersErrors) {
  EXPECT_EQ(complaint("7 error=after=1d: at most 2h\n"), "the server says: after=1d: at most 2h");
  EXPECT_EQ(complaint("- error=too long\n"), "the server says: too long");
  EXPECT_EQ(complaint("8 error=no\n"),
            "expected the reply to '7', got '8 error=no\\n' (its ID is another one)");
  // An error that ends the connection, wherever it is cut.
  const std::string error = "error: idle for 5s\n";
  for (std::size_t size = 0; size <= error.size(); ++size) {
    ProbeReader refused(probe);
    EXPECT_EQ(read_all(refused, {error.substr(0, size), error.substr(size)}),
              std::vector{Reading::wrong});
    EXPECT_EQ(refused.complaint(), "the server says: idle for 5s");

    auto reader = asked();
    std::string_view bytes = reply;
    EXPECT_EQ(reader.read(bytes), Reading::reply);
    const std::string begun = error.substr(0, size);
    bytes = begun;
    const bool whole = size == error.size();
    EXPECT_EQ(reader.read(bytes), whole ? Reading::wrong : Reading::incomplete);
    EXPECT_EQ(reader.other(), begun);
    if (!whole) reader.expect("8 data=8 abc");
    const auto rest = error.substr(size);
    bytes = rest;
    EXPECT_EQ(reader.read(bytes), whole ? Reading::incomplete : Reading::wrong);
    EXPECT_EQ(reader.server_error(), "idle for 5s");
  }
  // In the segment of the reply.
  auto reader = asked();
  const auto last = reply + error;
  std::string_view bytes = last;
  EXPECT_EQ(reader.read(bytes), Reading::reply);
  EXPECT_EQ(reader.server_error(), "idle for 5s");
}

TEST(ProbeReader, LimitsWhatItReads) {
  auto reader = asked();
  const std::string beginning = "7 x=";
  const std::string longest =
      beginning + std::string(due.size() + ProbeReader::max_overhead - beginning.size(), 'x');
  std::string_view bytes = longest;
  EXPECT_EQ(reader.read(bytes), Reading::incomplete);
  bytes = "x";
  EXPECT_EQ(reader.read(bytes), Reading::too_much);
  EXPECT_NE(reader.complaint().find("(it is too long)"), std::string::npos);

  ProbeReader endless(probe);
  const std::string words = "probe/1 a=" + std::string(ProbeReader::max_header - 10, 'x');
  bytes = words;
  EXPECT_EQ(endless.read(bytes), Reading::incomplete);
  bytes = "x";
  EXPECT_EQ(endless.read(bytes), Reading::too_much);

  auto unasked = asked();
  read_all(unasked, {reply});
  EXPECT_EQ(read_all(unasked, {"more"}), std::vector{Reading::too_much});
  EXPECT_EQ(unasked.complaint(), "expected nothing, got 'more'");
  auto together = asked();
  EXPECT_EQ(read_all(together, {reply + "more"}), std::vector{Reading::too_much});
}

TEST(ProbeReader, KnowsWhatEndsTooEarly) {
  for (std::size_t size = 0; size < reply.size(); ++size) {
    auto reader = asked();
    EXPECT_TRUE(read_all(reader, {reply.substr(0, size)}).empty());
    EXPECT_EQ(reader.finish(true), Reading::incomplete) << "even if only the newline is missing";
    EXPECT_EQ(reader.received(), reply.substr(0, size));
  }
  ProbeReader silent(probe);
  EXPECT_EQ(silent.finish(false), Reading::incomplete);
}

TEST(ProbeReader, RecognisesOtherServers) {
  const auto first = [](const std::string& text) {
    ProbeReader reader(probe);
    EXPECT_EQ(read_all(reader, {text}), std::vector{Reading::wrong}) << text;
    return reader.complaint();
  };
  EXPECT_EQ(first("welcome\n"),
            "got 'welcome\\n'; this looks like a greet server: leave out --protocol probe");
  EXPECT_EQ(first("220 mail ESMTP\r\n"), "expected 'probe/1 …', got '220 mail ESMTP\\r\\n'");
  EXPECT_EQ(first("probe/2 a=b\n"), "expected 'probe/1 …', got 'probe/2 a=b\\n'");
  EXPECT_EQ(first("probe/1 nonsense\n"), "expected 'probe/1 …', got 'probe/1 nonsense\\n'");
  EXPECT_EQ(first("probe/1 =b\n"), "expected 'probe/1 …', got 'probe/1 =b\\n'");
  EXPECT_EQ(first("\xff\n"), "expected 'probe/1 …', got '\\xff\\n'");
}

TEST(ProbeReader, DecodesOnlyWhatIsEncoded) {
  const auto decoded = [](const std::string& value) {
    return ProbeHeader::parse("probe/1 a=" + value)->find("a");
  };
  EXPECT_EQ(decoded("%41%e4b"),
            "A\xe4"
            "b");
  EXPECT_EQ(decoded("%"), "%");
  EXPECT_EQ(decoded("%4"), "%4");
  EXPECT_EQ(decoded("%4g"), "%4g");
  EXPECT_EQ(decoded("%+1"), "%+1");
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(ProbeHeader::parse("probe/1 a=1 a=2")->find("a"), "1") << "the first one";
}

}  // namespace
}  // namespace yodel::client
