#include "protocol/probe.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

#include "protocol/message_reader.hpp"

namespace yodel::protocol::probe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Limits limits = limits_of(1000, seconds(300));
constexpr std::uint64_t max_number = std::numeric_limits<std::uint64_t>::max();

Peer peer(const std::string& address, std::uint16_t port, std::uint32_t zone = 0) {
  auto endpoint = *parse_endpoint(address);
  endpoint.port = port;
  return peer_from(to_socket_address(endpoint, zone));
}

Request request(std::string_view line) {
  const auto parsed = parse_request(line, limits);
  EXPECT_TRUE(parsed) << line;
  return parsed.value_or(Request{});
}

// Returns the reply to a line that is wrong.
std::string error(std::string_view line, const Limits& allowed = limits) {
  const auto parsed = parse_request(line, allowed);
  if (parsed) return "(accepted)";
  std::array<char, error_room> room{};
  return std::string(write_error(parsed.error(), allowed, room));
}

std::string reply(std::string_view line, const std::optional<timespec>& rx = std::nullopt,
                  const std::optional<TcpFigures>& tcp = std::nullopt) {
  const auto asked = request(line);
  std::vector<char> room(reply_room(limits.max_size));
  auto written = write_reply(asked, rx, tcp, room);
  written.set_tx({.tv_sec = 1764432000, .tv_nsec = 123460120});
  return std::string(written.line());
}

std::string header(const Header& told) {
  std::array<char, header_room> room{};
  return std::string(write_header(told, room));
}

Header tcp_header() {
  return {.version = "0.1.0",
          .host = "echo-1",
          .acceptor = 3,
          .connection = 17,
          .listener = "0.0.0.0:7007",
          .peer = peer("203.0.113.9", 40112),
          .local = peer("198.51.100.7", 7007),
          .idle_timeout = seconds(300),
          .keepalive = seconds(60),
          .syn = std::nullopt};
}

TEST(ProbeHeader, TellsWhatTheSessionKnows) {
  auto told = tcp_header();
  told.syn = SavedSyn{.ttl = 57,
                      .mss = 1360,
                      .option_room = {{{.kind = SynOptionKind::mss},
                                       {.kind = SynOptionKind::sack},
                                       {.kind = SynOptionKind::timestamps},
                                       {.kind = SynOptionKind::window_scale, .shift = 7}}},
                      .option_count = 4};
  EXPECT_EQ(header(told),
            "probe/1 version=0.1.0 host=echo-1 session=3-17 listener=0.0.0.0:7007"
            " peer=203.0.113.9:40112 local=198.51.100.7:7007 idle_timeout=300s keepalive=60s"
            " syn.ttl=57 syn.dscp=0 syn.mss=1360 syn.options=mss,sack,ts,ws7\n");
}

TEST(ProbeHeader, LeavesOutWhatIsNotThere) {
  auto told = tcp_header();
  told.idle_timeout = milliseconds(0);
  told.keepalive = seconds(0);
  EXPECT_TRUE(header(told).ends_with(" local=198.51.100.7:7007\n"));
  told.syn = SavedSyn{.ttl = 1, .dscp = 46};
  EXPECT_TRUE(header(told).ends_with(":7007 syn.ttl=1 syn.dscp=46\n"));
}

TEST(ProbeHeader, NamesTheProxy) {
  auto told = tcp_header();
  told.peer.via = Via::proxy;
  told.peer.proxy = {.address = {192, 0, 2, 7}, .family = Family::ipv4};
  EXPECT_NE(header(told).find(" local=198.51.100.7:7007 proxy=192.0.2.7 idle"), std::string::npos);
  told.peer.proxy = {.address = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7},
                     .zone = 5,
                     .family = Family::ipv6};
  EXPECT_NE(header(told).find(" proxy=fe80::7%255 "), std::string::npos) << header(told);
}

TEST(ProbeHeader, NamesEveryOption) {
  auto told = tcp_header();
  told.syn = SavedSyn{.option_room = {{{.kind = SynOptionKind::fast_open},
                                       {.kind = SynOptionKind::mptcp},
                                       {.kind = SynOptionKind{254}},
                                       {.kind = SynOptionKind::mss, .well_formed = false},
                                       {.kind = SynOptionKind::window_scale, .shift = 255}}},
                      .option_count = 5};
  EXPECT_TRUE(header(told).ends_with(" syn.options=tfo,mptcp,254,2,ws255\n"));
}

TEST(ProbeHeader, OfAUnixSocketNamesTheProcess) {
  auto told = tcp_header();
  told.listener = "unix:/run/a b";
  told.peer = {.pid = 4711, .uid = 0};
  told.idle_timeout = milliseconds(1500);
  told.keepalive = seconds(0);
  EXPECT_EQ(header(told),
            "probe/1 version=0.1.0 host=echo-1 session=3-17 listener=unix:/run/a%20b"
            " peer.pid=4711 peer.uid=0 idle_timeout=1500ms\n");
  told.peer = {.pid = Peer::unknown_pid, .uid = Peer::unknown_uid};
  EXPECT_TRUE(header(told).ends_with("/a%20b idle_timeout=1500ms\n"));
}

TEST(ProbeHeader, EncodesEveryByteThatCouldEndAWord) {
  auto told = tcp_header();
  told.host = std::string_view("a b%\n\r\t\0\x7f\xc3\xbc=~!", 14);
  told.peer = peer("fe80::7", 1, 5);
  const auto line = header(told);
  EXPECT_NE(line.find(" host=a%20b%25%0A%0D%09%00%7F%C3%BC=~! session="), std::string::npos)
      << line;
  EXPECT_NE(line.find(" peer=[fe80::7%255]:1 "), std::string::npos) << line;
}

TEST(ProbeHeader, FitsItsRoomWithTheLongestValues) {
  const std::string host(64, '%');
  const std::string listener(112, ' ');
  const std::string version(32, '9');
  auto told = tcp_header();
  const auto address = peer("fe80:1111:2222:3333:4444:5555:6666:7777", 65535, 4294967295);
  told.version = version;
  told.host = host;
  told.acceptor = told.connection = max_number;
  told.listener = listener;
  told.peer = told.local = address;
  told.peer.via = Via::proxy;
  told.peer.proxy = {.address = address.address, .zone = address.zone, .family = address.family};
  told.idle_timeout = std::chrono::hours(24 * 365) - milliseconds(1);  // the file allows 365 days
  told.keepalive = seconds(32767);                                     // and the kernel this much
  told.syn = SavedSyn{.ttl = 255, .dscp = 63, .mss = 65535, .option_count = max_syn_options};
  told.syn->option_room.fill({.kind = SynOptionKind::mptcp});
  const auto line = header(told);
  EXPECT_TRUE(line.ends_with("mptcp,mptcp\n")) << line;
  EXPECT_LT(line.size(), header_room);
  for (std::size_t size = 1; size < line.size(); ++size) {
    std::vector<char> room(size);
    EXPECT_EQ(write_header(told, room), line.substr(0, size - 1) + "\n");
  }
}

TEST(ProbeRequest, HasAnIdAndWords) {
  EXPECT_EQ(request("1").id, "1");
  EXPECT_FALSE(request("1").data);
  EXPECT_FALSE(request("1").info);
  const auto all = request("  #7  info after=1m30s size=64  data= a  size=1 ");
  EXPECT_EQ(all.id, "#7");
  EXPECT_TRUE(all.info);
  EXPECT_EQ(all.after, seconds(90));
  EXPECT_EQ(all.size, 64U);
  EXPECT_EQ(all.data, " a  size=1 ") << "to the end of the line";
  EXPECT_EQ(request("1 data=").data, "");
  EXPECT_EQ(request("1 size=5 size=6 after=1s after=0 ").size, 6U);
  EXPECT_EQ(request(std::string(max_id_size, '~')).id.size(), max_id_size);
}

TEST(ProbeRequest, MayAskForWhatTheLimitsAllow) {
  EXPECT_EQ(request("1 after=300s").after, seconds(300));
  EXPECT_EQ(request("1 size=1000").size, 1000U);
  EXPECT_TRUE(parse_request("1 after=24h", limits_of(256, milliseconds(0))));
  EXPECT_FALSE(parse_request("1 after=24h1us", limits_of(256, milliseconds(0))));
}

TEST(ProbeRequest, IsAnsweredWithWhatIsWrong) {
  const std::string no_id =
      "- error=the request is empty: expected ID [info] [after=D] [size=N] [data=TEXT]\n";
  EXPECT_EQ(error(""), no_id);
  EXPECT_EQ(error("   "), no_id);
  const std::string bad_id = "- error=the ID is not 1 to 32 characters of printable ASCII\n";
  for (const std::string& line :
       {std::string(max_id_size + 1, '1'), std::string("1\r"), std::string("1\t info"),
        std::string("\0", 1), std::string("\u00fc"), std::string("\x7f data=1")}) {
    EXPECT_EQ(error(line), bad_id) << line;
  }
  EXPECT_EQ(error("7 sice=10 data=x"),
            "7 error=unknown word 'sice=10': expected info, after=D, size=N or data=TEXT\n");
  EXPECT_EQ(error("7 after=5x"),
            "7 error=bad value in 'after=5x': expected a duration such as \"500ms\" or \"1m30s\","
            " at most 300s\n");
  EXPECT_EQ(error("7 size=0"), "7 error=bad value in 'size=0': expected 1 to 1000\n");
}

TEST(ProbeRequest, RefusesEveryOtherValue) {
  for (const std::string word : {"info=1",
                                 "INFO",
                                 "data",
                                 "after",
                                 "size",
                                 "\t",
                                 "after=",
                                 "after=-1s",
                                 "after=300.001s",
                                 "after=1",
                                 "after=5x",
                                 "after=366d",
                                 "size=",
                                 "size=-1",
                                 "size=+1",
                                 "size=1001",
                                 "size=1k",
                                 "size=0x10",
                                 "size=18446744073709551617",
                                 "size=1.5",
                                 "size= 1"}) {
    EXPECT_FALSE(parse_request("1 " + word, limits)) << word;
  }
}

TEST(ProbeError, IsOneShortLineWhateverTheRequest) {
  const std::string id(max_id_size, '~');
  for (const std::string& word :
       {std::string(500, '\x01'), std::string("a\rb"), "after=" + std::string(500, '\xff'),
        "size=" + std::string(500, '\x1b')}) {
    const auto line = error(std::string(id).append(" ").append(word),
                            limits_of(max_max_size, milliseconds::max()));
    EXPECT_TRUE(line.starts_with(id + " error=")) << line;
    EXPECT_TRUE(line.ends_with("TEXT\n") || line.ends_with("ms\n") || line.ends_with("65536\n"))
        << "is not cut: " << line;
    for (const char c : std::string_view(line).substr(0, line.size() - 1)) {
      EXPECT_TRUE(c >= ' ' && c <= '~') << line;
    }
  }
  std::array<char, error_room> room{};
  EXPECT_EQ(write_error({.problem = Problem::too_long}, limits, room),
            "- error=the request is longer than 1000 bytes\n");
}

constexpr timespec arrival{.tv_sec = 1764432000, .tv_nsec = 5};
const TcpFigures figures{.retransmits = 2,
                         .rtt = std::chrono::microseconds(12100),
                         .min_rtt = std::chrono::microseconds(11900),
                         .mss = 1360};

TEST(ProbeReply, HasTheTimesAndTheData) {
  EXPECT_EQ(reply("1 data=hello", arrival, figures),
            "1 rx=1764432000.000000005 tx=1764432000.123460120 retransmits=2 data=hello\n");
  EXPECT_EQ(reply("3 info", arrival, figures),
            "3 rx=1764432000.000000005 tx=1764432000.123460120 retransmits=2 rtt_us=12100"
            " min_rtt_us=11900 mss=1360\n");
  EXPECT_EQ(reply("3 info"), "3 tx=1764432000.123460120\n") << "over a Unix socket";
  EXPECT_EQ(reply("3 info", std::nullopt, TcpFigures{.mss = 9}),
            "3 tx=1764432000.123460120 retransmits=0 mss=9\n")
      << "no time has been measured";
  const std::string bytes("1 data=\xff\0\r ", 11);
  EXPECT_EQ(reply(bytes), std::string("1 tx=1764432000.123460120 data=\xff\0\r \n", 36));
}

TEST(ProbeReply, HasTheSizeThatIsAskedFor) {
  const std::string shortest = reply("1 data=");
  for (std::size_t size = 1; size <= limits.max_size; ++size) {
    const auto line = reply("1 size=" + std::to_string(size));
    EXPECT_EQ(line.size(), std::max(size, shortest.size()));
    EXPECT_EQ(line.substr(0, shortest.size() - 1) + "\n", shortest);
    EXPECT_EQ(line.find_first_not_of('x', shortest.size() - 1), line.size() - 1);
  }
  EXPECT_EQ(reply("1 size=40 data=hello"), "1 tx=1764432000.123460120 data=helloxxx\n");
  EXPECT_EQ(reply("1 size=2 data=hello"), "1 tx=1764432000.123460120 data=hello\n");
}

TEST(ProbeReply, FitsItsRoomWithTheLargestValues) {
  std::string line = std::string(max_id_size, '~') + " info data=";
  line.append(limits.max_size - line.size(), 'd');
  constexpr auto microseconds = std::chrono::microseconds::max();
  const auto text = reply(line, timespec{.tv_sec = 9'999'999'999, .tv_nsec = 999'999'999},
                          TcpFigures{.retransmits = 4294967295,
                                     .rtt = microseconds,
                                     .min_rtt = microseconds,
                                     .mss = 4294967295});
  EXPECT_TRUE(text.ends_with("dd\n"));
  EXPECT_LT(text.size(), reply_room(limits.max_size));
  EXPECT_NE(text.find(" rx=9999999999.999999999 "), std::string::npos);
}

TEST(ProbeReply, HasTimesOfFixedWidth) {
  EXPECT_NE(reply("1", timespec{.tv_sec = 5, .tv_nsec = 7}).find(" rx=0000000005.000000007 "),
            std::string::npos);
  EXPECT_NE(reply("1", timespec{.tv_sec = -5, .tv_nsec = 0}).find(" rx=0000000000.000000000 "),
            std::string::npos);
  constexpr auto last = std::numeric_limits<std::time_t>::max();
  EXPECT_NE(reply("1", timespec{.tv_sec = last, .tv_nsec = 0}).find(" rx=9999999999."),
            std::string::npos);
}

// How a session cuts its requests out of the stream.
TEST(ProbeRequest, IsALineOfTheMessageReader) {
  constexpr std::size_t max_size = 256;
  const std::string longest = "1 data=" + std::string(max_size - 7, 'x');
  const std::string input = "1 info\r\n" + longest + "\r\n2 data=a b\n3";
  std::vector<std::byte> buffer(MessageReader::buffer_needed(max_size) * 2);
  MessageReader reader(Framing::lines, max_size, buffer);
  std::memcpy(reader.space().data(), input.data(), input.size());
  reader.received(input.size());
  const auto next = [&] { return *parse_request(reader.next().text, limits); };
  EXPECT_TRUE(next().info);
  EXPECT_EQ(next().data->size(), max_size - 7);
  EXPECT_EQ(next().data, "a b");
  EXPECT_EQ(reader.next().kind, MessageReader::Kind::need_input);
  reader.end_of_input();
  EXPECT_EQ(next().id, "3") << "a last line needs no newline";
  EXPECT_EQ(reader.next().kind, MessageReader::Kind::end);
}

}  // namespace
}  // namespace yodel::protocol::probe
