// The work that an acceptor does for each connection, apart from system calls. None of it may grow
// with the number of sessions: the complexity that is printed must be (1).

#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <vector>

#include "acceptor/admission.hpp"
#include "acceptor/session_table.hpp"
#include "posix/shared_memory.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::acceptor {
namespace {

using benchmark::State;
using protocol::Family;
using protocol::Peer;

constexpr std::uint32_t max_sessions = 200'000;

// Returns the peer with this number in 10.0.0.0/8, or in 2001:db8::/32, where each has its own /64.
Peer peer(Family family, std::uint32_t number) {
  Peer result{.family = family};
  auto& address = result.address;
  if (family == Family::ipv4) {
    address[0] = 10;
  } else {
    address = {0x20, 0x01, 0x0d, 0xb8};
  }
  const std::size_t last = family == Family::ipv4 ? 3 : 7;
  for (std::size_t i = 0; i < 3; ++i)
    address[last - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return result;
}

// Admits one more session from one of N sources, each of which already has one.
void admit_and_release(State& state, Family family) {
  const auto sources = static_cast<std::uint32_t>(state.range(0));
  Admission admission({.sessions = max_sessions, .per_source = 2}, max_sessions);
  std::vector<Peer> peers;
  for (std::uint32_t i = 0; i < sources; ++i) {
    peers.push_back(peer(family, i));
    benchmark::DoNotOptimize(admission.admit(peers.back()));
  }
  std::size_t turn = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto& caller = peers[turn];
    benchmark::DoNotOptimize(admission.admit(caller));
    admission.release(caller);
    turn = turn + 1 < peers.size() ? turn + 1 : 0;
  }
}
BENCHMARK_CAPTURE(admit_and_release, ipv4, Family::ipv4)->Arg(1)->Arg(1000)->Arg(100'000);
BENCHMARK_CAPTURE(admit_and_release, ipv6, Family::ipv6)->Arg(1)->Arg(1000)->Arg(100'000);

// Adds and removes a session while N others are held. The kernel assigns pids in ascending order.
void add_find_remove(State& state) {
  const auto held = static_cast<pid_t>(state.range(0));
  const auto memory = posix::SharedMemory::create(protocol::Scoreboard::size(max_sessions));
  SessionTable table({memory.bytes(), max_sessions}, max_sessions);
  const SessionTable::Connection connection{.number = 1, .peer = peer(Family::ipv4, 1)};
  for (pid_t pid = 1; pid <= held; ++pid)
    table.start(table.add(connection), pid);
  pid_t next = held;
  for ([[maybe_unused]] auto _ : state) {
    next = next < 4'194'304 ? next + 1 : held + 1;
    table.start(table.add(connection), next);
    const auto found = table.find(next);
    table.remove(found);
  }
  state.SetComplexityN(held + 1);  // including the new one
}
BENCHMARK(add_find_remove)->Arg(0)->Arg(10'000)->Arg(100'000)->Complexity();

}  // namespace
}  // namespace yodel::acceptor
