#include "acceptor/session_table.hpp"

#include <algorithm>

namespace yodel::acceptor {
namespace {

// What one step of a sweep looks at: a large and nearly empty table must not hold the acceptor up.
constexpr std::size_t most_slots = 1024;

std::uint64_t key_of(pid_t pid) {
  return static_cast<std::uint64_t>(pid);
}

}  // namespace

void SessionTable::add(pid_t pid, const Session& session) noexcept {
  sessions_.insert(key_of(pid)) = session;
  ++size_;
}

const Session* SessionTable::find(pid_t pid) noexcept {
  return sessions_.find(key_of(pid));
}

void SessionTable::remove(pid_t pid) noexcept {
  if (find(pid) == nullptr) return;
  sessions_.erase(key_of(pid));
  --size_;
}

std::span<pid_t> SessionTable::next(std::span<pid_t> into) noexcept {
  std::size_t found = 0;
  const std::size_t slots = std::min(sessions_.slots(), most_slots);
  for (std::size_t i = 0; i < slots && found < into.size() && found < size_; ++i) {
    if (const auto key = sessions_.key_at(sweep_); key != 0)
      into[found++] = static_cast<pid_t>(key);
    sweep_ = (sweep_ + 1) % sessions_.slots();
  }
  return into.first(found);
}

}  // namespace yodel::acceptor
