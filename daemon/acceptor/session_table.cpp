#include "acceptor/session_table.hpp"

#include <algorithm>

namespace yodel::acceptor {
namespace {

// The maximum number of slots that next() looks at, so that a large and nearly empty table does not
// hold the acceptor up.
constexpr std::size_t max_slots = 1024;

std::uint64_t key_of(pid_t pid) {
  return static_cast<std::uint64_t>(pid);
}

}  // namespace

SessionTable::SessionTable(protocol::Scoreboard scoreboard, std::uint32_t capacity)
    : scoreboard_(scoreboard),
      by_pid_(capacity),
      free_memory_(capacity * sizeof(Index)),
      free_(free_memory_.as<Index>(capacity)) {}

SessionTable::Index SessionTable::add(const Connection& connection) noexcept {
  auto& used = scoreboard_.header().used;
  const Index index = free_count_ > 0 ? free_[--free_count_] : used.load();
  auto& entry = scoreboard_.entries()[index];
  entry.pid = 0;
  entry.revision = connection.revision;
  entry.peer = connection.peer;
  entry.accepted = connection.accepted;
  entry.overdue = connection.overdue;
  if (index == used) used = index + 1;
  entry.number = connection.number;  // last, because it marks the entry as in use
  return index;
}

void SessionTable::start(Index index, pid_t pid) noexcept {
  scoreboard_.entries()[index].pid = pid;
  by_pid_.insert(key_of(pid)) = index;
  scoreboard_.header().running = ++size_;
}

void SessionTable::remove(Index index) noexcept {
  auto& entry = scoreboard_.entries()[index];
  if (const pid_t pid = entry.pid; pid != 0) {
    by_pid_.erase(key_of(pid));
    scoreboard_.header().running = --size_;
  }
  entry.number = 0;
  free_[free_count_++] = index;
}

SessionTable::Index SessionTable::find(pid_t pid) noexcept {
  const Index* index = by_pid_.find(key_of(pid));
  return index == nullptr ? none : *index;
}

std::span<pid_t> SessionTable::next(std::span<pid_t> into) noexcept {
  std::size_t found = 0;
  const std::size_t slots = std::min(by_pid_.slots(), max_slots);
  for (std::size_t i = 0; i < slots && found < into.size() && found < size_; ++i) {
    if (const auto key = by_pid_.key_at(sweep_); key != 0) into[found++] = static_cast<pid_t>(key);
    sweep_ = (sweep_ + 1) % by_pid_.slots();
  }
  return into.first(found);
}

}  // namespace yodel::acceptor
