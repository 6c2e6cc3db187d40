// The launch record and the event records, as they cross the process boundary.

#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/probe.hpp"

namespace yodel::protocol {
namespace {

using std::chrono::microseconds;

template <typename Body>
std::optional<Event> through(const Body& body) {
  const EncodedEvent encoded = encode(body);
  return decode_event(std::as_bytes(std::span(&encoded, 1)));
}

template <typename Body>
bool is_refused(Body body, void (*spoil)(Body&)) {
  EXPECT_TRUE(through(body)) << "must be valid before it is spoilt";
  spoil(body);
  return !through(body);
}

constexpr Ended ended{.number = 7,
                      .peer = {.port = 60647, .family = Family::ipv4},
                      .pid = 4711,
                      .wait_status = 0x0300,
                      .cpu_time = microseconds(300),
                      .duration = microseconds(2104)};
constexpr Report report{.number = 7,
                        .messages = 3,
                        .bytes_in = 16,
                        .bytes_out = 43,
                        .duration = microseconds(2104),
                        .tcp = {.rtt = microseconds(12100),
                                .min_rtt = microseconds(11900),
                                .retransmits = 3,
                                .handshake_retransmits = 2,
                                .mss = 1360},
                        .reason = CloseReason::exit};

TEST(EventRecord, EveryKindSurvivesTheRoundTrip) {
  EXPECT_TRUE(std::holds_alternative<Ready>(*through(Ready{})));
  EXPECT_TRUE(std::holds_alternative<Draining>(*through(Draining{})));
  const auto failed = through(SetupFailed{.step = SetupStep::memory, .error = 12});
  EXPECT_EQ(std::get<SetupFailed>(*failed).error, 12);
  EXPECT_EQ(std::get<Accepted>(*through(Accepted{.number = 9, .peer = ended.peer})).number, 9u);
  EXPECT_EQ(std::get<Ended>(*through(ended)).wait_status, 0x0300);
  EXPECT_EQ(std::get<Ended>(*through(ended)).peer, ended.peer);
  const auto errors = through(
      AcceptErrors{.kind = AcceptError::source_full, .error = 0, .count = 5, .peer = ended.peer});
  EXPECT_EQ(std::get<AcceptErrors>(*errors).count, 5u);
  EXPECT_EQ(std::get<AcceptErrors>(*errors).peer, ended.peer);
  EXPECT_EQ(std::get<Applied>(*through(Applied{.revision = 7})).revision, 7u);
  EXPECT_EQ(std::get<Unserved>(*through(Unserved{.number = 8, .peer = ended.peer})).number, 8u);
  EXPECT_EQ(std::get<Report>(*through(report)).bytes_out, 43u);
  EXPECT_EQ(std::get<Report>(*through(report)).tcp.rtt, microseconds(12100));
  EXPECT_EQ(std::get<Report>(*through(report)).tcp.retransmits, 3u);
}

TEST(EventRecord, AnotherSizeIsRefused) {
  std::vector<std::byte> bytes(sizeof(EncodedEvent) + 1);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(decode_event(std::span(bytes).first(size)).has_value(), size == sizeof(EncodedEvent));
  }
}

TEST(EventRecord, AnUnknownKindIsRefused) {
  EncodedEvent encoded{.kind = std::variant_size_v<Event>};
  EXPECT_FALSE(decode_event(std::as_bytes(std::span(&encoded, 1))));
  encoded.kind = std::numeric_limits<std::uint64_t>::max();
  EXPECT_FALSE(decode_event(std::as_bytes(std::span(&encoded, 1))));
}

TEST(EventRecord, ValuesOutOfRangeAreRefused) {
  using E = Ended;
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.pid = 0; }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.pid = -1; }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.wait_status = -1; }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.wait_status = 0x10000; }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.cpu_time = microseconds(-1); }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.duration = microseconds::max(); }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.peer.family = static_cast<Family>(3); }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.peer.via = static_cast<Via>(3); }));
  EXPECT_TRUE(is_refused<E>(ended, [](E& e) { e.peer.proxy.family = static_cast<Family>(3); }));
  using R = Report;
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.duration = microseconds(-1); }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.tcp.rtt = microseconds(-1); }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.tcp.rtt = microseconds(1LL << 32); }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.tcp.min_rtt = microseconds(-1); }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.tcp.min_rtt = microseconds::max(); }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.tcp.handshake_retransmits = 4; }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.tcp.mss = 65536; }));
  // Only the manager may say that a session crashed.
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.reason = CloseReason::crashed; }));
  EXPECT_TRUE(is_refused<R>(report, [](R& r) { r.reason = static_cast<CloseReason>(200); }));
  EXPECT_FALSE(through(SetupFailed{.step = static_cast<SetupStep>(9)}));
  EXPECT_FALSE(through(SetupFailed{.error = -1}));
  EXPECT_FALSE(through(Draining{.reason = static_cast<DrainReason>(2)}));
  EXPECT_TRUE(through(AcceptErrors{.kind = AcceptError::not_allowed}));
  EXPECT_FALSE(through(AcceptErrors{.kind = static_cast<AcceptError>(accept_error_count)}));
}

TEST(EventRecord, ACrashIsRecognised) {
  EXPECT_FALSE(is_crash(0));
  EXPECT_FALSE(is_crash(exit_unreported << 8));
  EXPECT_TRUE(is_crash(1 << 8));
  EXPECT_TRUE(is_crash(9));
  EXPECT_TRUE(is_crash(11));
}

Launch valid_launch() {
  Launch launch{.scoreboard = {.segment = 1, .capacity = 1024},
                .sessions = 1000,
                .message_size = 1024,
                .manager = 1};
  launch.set_welcome("welcome");
  return launch;
}

// Sets the size that a text claims to have, which is its last member.
template <std::size_t max>
void set_size(LaunchText<max>& text, std::size_t size) {
  const auto claimed = static_cast<std::uint16_t>(size);
  std::memcpy(reinterpret_cast<char*>(&text + 1) - sizeof claimed, &claimed, sizeof claimed);
}

TEST(LaunchRecord, HasTextsThatAreBounded) {
  Launch launch = valid_launch();
  launch.listener = LaunchText<max_listener_size>("127.0.0.1:9997");
  launch.probe.host = LaunchText<max_host_size>(std::string(max_host_size + 1, 'h'));
  const auto decoded = decode_launch(encode(launch));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->listener.view(), "127.0.0.1:9997");
  EXPECT_EQ(decoded->probe.host.view(), std::string(max_host_size, 'h'));
}

TEST(LaunchRecord, KeepsWhoTheAcceptorIs) {
  Launch first = valid_launch();
  first.acceptor = 3;
  first.listener = LaunchText<max_listener_size>("127.0.0.1:9997");
  Launch next = valid_launch();
  next.scoreboard.segment = -1;
  next.keep_identity(first);
  EXPECT_EQ(next, first);
}

TEST(LaunchRecord, SurvivesTheRoundTrip) {
  const auto launch = decode_launch(encode(valid_launch()));
  ASSERT_TRUE(launch);
  EXPECT_EQ(launch->welcome(), "welcome");
  EXPECT_EQ(launch->sessions, 1000u);
}

TEST(LaunchRecord, KnowsEveryProtocol) {
  for (const Protocol protocol : all_protocols) {
    Launch launch = valid_launch();
    launch.protocol = protocol;
    launch.probe.max_size = probe::min_max_size;
    const auto decoded = decode_launch(encode(launch));
    ASSERT_TRUE(decoded) << name(protocol);
    EXPECT_EQ(decoded->protocol, protocol);
  }
}

TEST(LaunchRecord, AWelcomeOfFullSizeFits) {
  Launch launch = valid_launch();
  const std::string welcome(max_welcome_size, 'w');
  launch.set_welcome(welcome);
  EXPECT_EQ(decode_launch(encode(launch))->welcome(), welcome);
}

TEST(LaunchRecord, TheMaximumNumberOfNetworksFits) {
  Launch launch = valid_launch();
  const std::vector<Network> networks(max_networks, parse_network("2001:db8::/32").value());
  for (NetworkList Launch::*const list : {&Launch::allow, &Launch::proxy_from}) {
    launch.*list = NetworkList(networks);
    const auto decoded = decode_launch(encode(launch));
    ASSERT_TRUE(decoded);
    const auto view = ((*decoded).*list).view();
    EXPECT_EQ(std::vector<Network>(view.begin(), view.end()), networks);
    launch.*list = NetworkList();
    EXPECT_TRUE(((*decode_launch(encode(launch))).*list).view().empty());
    EXPECT_EQ(launch, valid_launch());
  }
  EXPECT_THROW(NetworkList(std::vector<Network>(max_networks + 1)), std::length_error);
}

TEST(LaunchRecord, ValuesOutOfRangeAreRefused) {
  const auto refused = [](void (*spoil)(Launch&)) {
    Launch launch = valid_launch();
    spoil(launch);
    return !decode_launch(encode(launch));
  };
  EXPECT_TRUE(refused([](Launch& l) { l.magic ^= 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.sessions = 0; }));
  EXPECT_TRUE(refused([](Launch& l) { l.sessions = l.scoreboard.capacity + 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.predecessor_count = max_predecessors + 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.message_size = 0; }));
  EXPECT_TRUE(refused([](Launch& l) { l.message_size = max_message_size + 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.manager = 0; }));
  EXPECT_TRUE(refused([](Launch& l) { l.delay = std::chrono::milliseconds(-1); }));
  EXPECT_TRUE(refused([](Launch& l) { l.welcome_size = max_welcome_size + 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.protocol = static_cast<Protocol>(all_protocols.size()); }));
  EXPECT_TRUE(refused([](Launch& l) { l.framing = static_cast<Framing>(3); }));
  EXPECT_TRUE(refused([](Launch& l) { l.allow.size = max_networks + 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.proxy_from.size = max_networks + 1; }));
  EXPECT_TRUE(refused([](Launch& l) { l.protocol = Protocol::probe; })) << "without max_size";
  EXPECT_TRUE(refused([](Launch& l) {
    l.protocol = Protocol::probe;
    l.probe.max_size = probe::max_max_size + 1;
  }));
  EXPECT_TRUE(refused([](Launch& l) { set_size(l.listener, max_listener_size + 1); }));
  EXPECT_TRUE(refused([](Launch& l) { set_size(l.probe.host, max_host_size + 1); }));
  EXPECT_TRUE(refused([](Launch& l) {
    l.allow.size = 2;
    l.allow.networks[1].prefix = 33;
  }));
  EXPECT_FALSE(decode_launch({}));
}

}  // namespace
}  // namespace yodel::protocol
