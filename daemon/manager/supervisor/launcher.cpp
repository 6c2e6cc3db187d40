#include "manager/supervisor/launcher.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fmt/format.h>
#include <memory>
#include <system_error>

#include "posix/poll.hpp"
#include "posix/shared_memory.hpp"
#include "protocol/scoreboard.hpp"

namespace yodel::manager {
namespace {

// How long an acceptor has to become ready.
constexpr auto ready_time = std::chrono::seconds(10);

bool is_at(const Slot& slot, const std::string& where) {
  return where == slot.where ||
         std::any_of(slot.replaced.begin(), slot.replaced.end(),
                     [&](const Replaced& replaced) { return replaced.where == where; });
}

std::vector<Acceptor*> predecessors_of(const Slot& slot, std::list<Acceptor>& all) {
  std::vector<Acceptor*> found;
  for (Acceptor& acceptor : all) {
    if (is_at(slot, acceptor.where()) && !acceptor.is_idle_for_good()) found.push_back(&acceptor);
  }
  return found;
}

// Returns the retired sockets for an acceptor that starts at `now`, and sets in `launch` how many
// they are and how long it serves them.
std::vector<int> add_retired(protocol::Launch& launch, const std::vector<Replaced>& all,
                             posix::Clock::time_point now) {
  std::vector<int> sockets;
  for (const Replaced& replaced : all) {
    if (!replaced.socket || sockets.size() == protocol::max_retired) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(replaced.until - now);
    if (left.count() <= 0) continue;
    sockets.push_back(replaced.socket->get());
    launch.retired_time = std::max(launch.retired_time, left);
  }
  launch.retired_count = static_cast<std::uint32_t>(sockets.size());
  return sockets;
}

// A predecessor stays while it has sessions, which go on with previous settings. With more than
// `many` of them, ends the sessions of the oldest one, each once it owes no reply; with more than
// `too_many`, at once.
void make_room(const std::vector<Acceptor*>& predecessors) {
  constexpr std::size_t many = protocol::max_predecessors / 2;
  constexpr std::size_t too_many = protocol::max_predecessors - 2;
  if (predecessors.size() <= many) return;
  const bool is_urgent = predecessors.size() > too_many;
  for (Acceptor* acceptor : predecessors) {
    if (is_wanted(acceptor->state()) || (acceptor->is_ending() && !is_urgent)) continue;
    return acceptor->end_sessions(is_urgent ? protocol::hurry_signal : protocol::end_signal);
  }
}

std::vector<Acceptor::ScoreboardMemory> add_predecessors(
    protocol::Launch& launch, const std::vector<Acceptor*>& predecessors) {
  if (predecessors.size() > launch.predecessors.size()) {
    throw std::system_error(
        EBUSY, std::generic_category(),
        fmt::format("{} previous acceptors still have sessions", predecessors.size()));
  }
  std::vector<Acceptor::ScoreboardMemory> memory;
  for (const Acceptor* other : predecessors) {
    launch.predecessors[memory.size()] = other->scoreboard_id();
    memory.push_back(other->scoreboard_memory());
  }
  launch.predecessor_count = static_cast<std::uint32_t>(memory.size());
  return memory;
}

}  // namespace

Acceptor::Parts Launcher::start(const Slot& slot, std::list<Acceptor>& others) {
  protocol::Launch launch = slot.launch;
  const auto predecessors = predecessors_of(slot, others);
  make_room(predecessors);
  auto predecessor_memory = add_predecessors(launch, predecessors);
  auto memory = std::make_shared<const posix::SharedMemory>(
      posix::SharedMemory::create(protocol::Scoreboard::size(launch.scoreboard.capacity)));
  launch.scoreboard.segment = memory->id();
  launch.acceptor = ++started_;
  launch.listener = protocol::LaunchText<protocol::max_listener_size>(slot.where);
  auto [channel, its_ends] = Channel::open();
  const auto retired = add_retired(launch, slot.replaced, posix::Clock::now());
  auto child =
      program_.start({.listener = slot.listener, .retired = retired}, its_ends, slot.where);
  if (!channel.send(launch)) throw std::system_error(errno, std::generic_category(), "send");
  return {
      .slot = slot.id,
      .child = std::move(child),
      .channel = std::move(channel),
      .memory = std::move(memory),
      .predecessors = std::move(predecessor_memory),
      .launch = launch,
      .origin = {.acceptor = started_, .listener = slot.where, .protocol = slot.launch.protocol},
      .ready_by = posix::Clock::now() + ready_time};
}

}  // namespace yodel::manager
