// The acceptor's parts: tables, admission, events, and the rate limit of errors.

#include <array>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unordered_map>

#include "acceptor/admission.hpp"
#include "acceptor/event_sender.hpp"
#include "acceptor/fixed_map.hpp"
#include "acceptor/predecessors.hpp"
#include "acceptor/rate_limited_log.hpp"
#include "acceptor/session_table.hpp"
#include "posix/descriptor.hpp"
#include "posix/shared_memory.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {
namespace {

using namespace std::chrono_literals;
using protocol::AcceptError;
using protocol::Peer;

Peer peer(const std::string& address) {
  return protocol::peer_from(to_socket_address(*protocol::parse_endpoint(address), 0));
}

TEST(FixedMap, BehavesLikeAMap) {
  constexpr std::size_t max_entries = 500;
  FixedMap<int> map(max_entries);
  std::unordered_map<std::uint64_t, int> model;
  std::mt19937 random(20261122);  // NOLINT: a fixed seed, for the same numbers each time
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t key = 1 + random() % 1000;
    if (random() % 2 == 0 && model.size() < max_entries) {
      map.insert(key) = i;
      model[key] = i;
    } else {
      map.erase(key);
      model.erase(key);
    }
    const std::uint64_t probe = 1 + random() % 1000;
    const int* found = map.find(probe);
    ASSERT_EQ(found != nullptr, model.contains(probe));
    if (found != nullptr) {
      ASSERT_EQ(*found, model[probe]);
    }
  }
  std::size_t entries = 0;
  for (std::size_t i = 0; i < map.slots(); ++i)
    entries += map.key_at(i) != 0 ? 1 : 0;
  EXPECT_EQ(entries, model.size());
}

TEST(FixedMap, HasNoEntryForZero) {
  FixedMap<int> map(4);
  EXPECT_EQ(map.find(0), nullptr);
  map.insert(1) = 1;
  EXPECT_EQ(map.find(0), nullptr);
}

// A scoreboard with memory of its own.
struct Board {
  explicit Board(std::uint32_t capacity)
      : memory(posix::SharedMemory::create(protocol::Scoreboard::size(capacity))),
        board(memory.bytes(), capacity) {}
  posix::SharedMemory memory;
  protocol::Scoreboard board;
};

TEST(SessionTable, KnowsItsSessions) {
  Board scoreboard(3);
  SessionTable table(scoreboard.board, 3);
  const auto first = table.add({.number = 1, .peer = peer("192.0.2.1")});
  const auto second = table.add({.number = 2, .peer = peer("192.0.2.2")});
  EXPECT_EQ(table.size(), 0u) << "they have no process yet";
  table.start(first, 10);
  table.start(second, 11);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.at(table.find(10)).number, 1u);
  EXPECT_EQ(table.at(table.find(11)).peer, peer("192.0.2.2"));
  EXPECT_EQ(table.find(12), SessionTable::none);
  table.remove(first);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.find(10), SessionTable::none);
}

TEST(SessionTable, ReusesItsEntries) {
  constexpr std::uint32_t capacity = 4;
  Board scoreboard(capacity);
  SessionTable table(scoreboard.board, capacity);
  std::deque<SessionTable::Index> entries;
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    entries.push_back(table.add({.number = number, .peer = {}}));
    ASSERT_LT(entries.back(), capacity);
    table.start(entries.back(), static_cast<pid_t>(number));
    if (entries.size() < capacity) continue;
    table.remove(entries.front());
    entries.pop_front();
  }
  std::set<std::uint64_t> numbers;
  for (const auto& entry : scoreboard.board.used_entries())
    numbers.insert(entry.number);
  EXPECT_EQ(numbers, (std::set<std::uint64_t>{0, 998, 999, 1000}));
  EXPECT_EQ(scoreboard.board.header().running, 3u);
}

TEST(SessionTable, ASweepSeesEverySession) {
  Board scoreboard(100);
  SessionTable table(scoreboard.board, 100);
  for (pid_t pid = 1; pid <= 100; ++pid)
    table.start(table.add({.number = static_cast<std::uint64_t>(pid), .peer = {}}), pid);
  std::set<pid_t> seen;
  std::array<pid_t, 10> some{};
  // Ten at a time, ten times: each exactly once.
  for (int i = 0; i < 10; ++i) {
    for (const pid_t pid : table.next(some))
      EXPECT_TRUE(seen.insert(pid).second) << pid;
  }
  EXPECT_EQ(seen.size(), 100u);
}

// Only the scoreboard of a predecessor matters, so it may be killed at any time.
TEST(Predecessors, TheirSessionsCountUntilTheyEnd) {
  Board previous(8);
  SessionTable table(previous.board, 8);
  for (pid_t pid = 1; pid <= 3; ++pid) {
    const auto number = static_cast<std::uint64_t>(pid);
    table.start(table.add({.number = number, .peer = peer("192.0.2.1")}), pid);
  }
  protocol::Launch launch;
  launch.predecessors[0] = {.segment = previous.memory.id(), .capacity = 8};
  launch.predecessor_count = 1;
  Predecessors predecessors(launch);
  Admission admission({.sessions = 4, .per_source = 3}, 16);
  predecessors.update(admission);
  EXPECT_FALSE(predecessors.are_counted()) << "it still accepts";
  EXPECT_EQ(admission.running(), 0u);

  table.remove(table.find(2));
  previous.board.header().closed = 1;
  predecessors.update(admission);
  EXPECT_TRUE(predecessors.are_counted());
  EXPECT_FALSE(predecessors.are_gone());
  EXPECT_EQ(admission.running(), 2u);
  EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
  EXPECT_FALSE(admission.admit(peer("192.0.2.1"))) << "the third of its source";

  table.remove(table.find(3));
  predecessors.update(admission);
  EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
  table.remove(table.find(1));
  predecessors.update(admission);
  EXPECT_TRUE(predecessors.are_gone());
  EXPECT_EQ(admission.running(), 2u);
}

TEST(Predecessors, TheFirstAcceptorHasNone) {
  Predecessors none(protocol::Launch{});
  Admission admission({.sessions = 1}, 1);
  none.update(admission);
  EXPECT_TRUE(none.are_counted());
  EXPECT_TRUE(none.are_gone());
}

TEST(Admission, HasRoomUpToItsLimit) {
  Admission admission({.sessions = 2, .per_source = 0}, 2);
  EXPECT_TRUE(admission.has_room());
  EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
  EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
  EXPECT_FALSE(admission.has_room());
  admission.release(peer("192.0.2.1"));
  EXPECT_TRUE(admission.has_room());
}

TEST(Admission, CountsAnIpv4AddressAsOneSource) {
  Admission admission({.sessions = 10, .per_source = 2}, 10);
  EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
  EXPECT_TRUE(admission.admit(peer("::ffff:192.0.2.1"))) << "the same source";
  EXPECT_FALSE(admission.admit(peer("192.0.2.1")));
  EXPECT_TRUE(admission.admit(peer("192.0.2.2")));
  EXPECT_EQ(admission.running(), 3u) << "a refused peer is not counted";
  admission.release(peer("192.0.2.1"));
  EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
}

TEST(Admission, CountsAnIpv6NetworkAsOneSource) {
  Admission admission({.sessions = 10, .per_source = 1}, 10);
  EXPECT_TRUE(admission.admit(peer("2001:db8::1")));
  EXPECT_FALSE(admission.admit(peer("2001:db8::ffff:1:2:3"))) << "the same /64";
  EXPECT_TRUE(admission.admit(peer("2001:db8:0:1::1"))) << "another /64";
  EXPECT_TRUE(admission.admit(peer("::1")));
  EXPECT_FALSE(admission.admit(peer("::1")));
}

TEST(Admission, CountsALinkAsOneSource) {
  Admission admission({.sessions = 10, .per_source = 1}, 10);
  auto here = peer("fe80::1");
  here.zone = 2;
  auto there = here;
  there.zone = 3;
  EXPECT_TRUE(admission.admit(here));
  EXPECT_TRUE(admission.admit(there)) << "another link";
  EXPECT_FALSE(admission.admit(here)) << "a neighbour can use every address of its link's /64";
}

TEST(Admission, AppliesNewLimitsToThePresentSessions) {
  Admission admission({.sessions = 10, .per_source = 0}, 10);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(admission.admit(peer("192.0.2.1")));
  admission.set_limits({.sessions = 6, .per_source = 5});
  EXPECT_FALSE(admission.admit(peer("192.0.2.1"))) << "counted while there was no limit";
  EXPECT_TRUE(admission.admit(peer("192.0.2.2")));
  EXPECT_FALSE(admission.has_room());
  admission.set_limits({.sessions = 3, .per_source = 0});
  for (int i = 0; i < 3; ++i)
    admission.release(peer("192.0.2.1"));
  EXPECT_FALSE(admission.has_room());
  admission.release(peer("192.0.2.1"));
  EXPECT_TRUE(admission.has_room());
}

TEST(Admission, DoesNotLimitLocalPeersBySource) {
  Admission admission({.sessions = 10, .per_source = 1}, 10);
  EXPECT_TRUE(admission.admit(peer("unix:/x")));
  EXPECT_TRUE(admission.admit(peer("unix:/x")));
}

TEST(RateLimitedLog, ReportsTheFirstErrorAtOnceAndCountsTheRest) {
  RateLimitedLog log;
  const auto now = posix::Clock::now();
  EXPECT_FALSE(log.due(now));
  EXPECT_FALSE(log.next_due());

  log.note(AcceptError::fork_failed, EAGAIN);
  EXPECT_LE(log.next_due(), now);
  EXPECT_EQ(log.due(now)->count, 1u);
  EXPECT_FALSE(log.due(now));

  for (int i = 0; i < 1000; ++i)
    log.note(AcceptError::fork_failed, ENOMEM);
  EXPECT_FALSE(log.due(now + 1s));
  EXPECT_EQ(log.next_due(), now + RateLimitedLog::interval);
  const auto later = log.due(now + RateLimitedLog::interval);
  EXPECT_EQ(later->count, 1000u);
  EXPECT_EQ(later->error, ENOMEM);
  EXPECT_FALSE(log.next_due());
}

TEST(RateLimitedLog, KeepsKindsApart) {
  RateLimitedLog log;
  const auto now = posix::Clock::now();
  log.note(AcceptError::accept_failed, EMFILE);
  for (int i = 0; i < 5; ++i)
    log.note(AcceptError::source_full, 0, peer("192.0.2.1"));
  EXPECT_EQ(log.due(now)->kind, AcceptError::accept_failed);
  const auto full = log.due(now);
  EXPECT_EQ(full->count, 5u);
  EXPECT_EQ(full->peer, peer("192.0.2.1"));
  EXPECT_FALSE(log.due(now));
}

struct EventSenderTest : ::testing::Test {
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0);
    mine = posix::Descriptor(ends[0]);
    managers = posix::Descriptor(ends[1]);
  }

  // Returns the number of the next Accepted that the manager reads, or 0 if there is none.
  [[nodiscard]] std::uint64_t receive() const {
    protocol::EncodedEvent encoded;
    if (::recv(managers.get(), &encoded, sizeof encoded, MSG_DONTWAIT) < 0) return 0;
    const auto event = protocol::decode_event(std::as_bytes(std::span(&encoded, 1)));
    return std::get<protocol::Accepted>(*event).number;
  }

  posix::Descriptor mine;
  posix::Descriptor managers;
  Board scoreboard{1};
};

TEST_F(EventSenderTest, KeepsOrderWhenTheManagerIsSlow) {
  EventSender sender(mine.get(), scoreboard.board);
  constexpr std::uint64_t sent = 5000;  // more than the socket has room for
  for (std::uint64_t i = 1; i <= sent; ++i)
    sender.send(protocol::Accepted{.number = i, .peer = {}});
  EXPECT_TRUE(sender.has_waiting());
  std::uint64_t expected = 1;
  while (expected <= sent) {
    const auto number = receive();
    if (number == 0) {
      ASSERT_TRUE(sender.has_waiting());
      sender.flush();
      continue;
    }
    ASSERT_EQ(number, expected++);
  }
  EXPECT_FALSE(sender.has_waiting());
  EXPECT_EQ(scoreboard.board.header().lost, 0u);
}

TEST_F(EventSenderTest, NoticesThatItsChannelIsBroken) {
  EventSender sender(mine.get(), scoreboard.board);
  sender.send(protocol::Ready{});
  EXPECT_FALSE(sender.is_broken());
  managers.reset();
  sender.send(protocol::Ready{});
  EXPECT_TRUE(sender.is_broken());
  EXPECT_FALSE(sender.has_waiting()) << "there is nothing to poll for";
}

TEST_F(EventSenderTest, CountsTheEventsThatItDrops) {
  EventSender sender(mine.get(), scoreboard.board);
  const std::uint64_t sent = 3 * protocol::Scoreboard::max_waiting;
  for (std::uint64_t i = 1; i <= sent; ++i)
    sender.send(protocol::Accepted{.number = i, .peer = {}});
  std::uint64_t received = 0;
  while (sender.has_waiting()) {
    while (receive() != 0)
      ++received;
    sender.flush();
  }
  while (receive() != 0)
    ++received;
  const std::uint64_t lost = scoreboard.board.header().lost;
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(received + lost, sent);
}

}  // namespace
}  // namespace yodel::acceptor
