// The acceptor's sessions, by pid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/types.h>

#include "acceptor/fixed_map.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::acceptor {

// What is known of a session until it is reaped.
struct Session {
  std::uint64_t number = 0;  // of the connection, counted from 1
  protocol::Peer peer;
  posix::Clock::time_point accepted;
};

class SessionTable {
 public:
  // Room for `most` sessions at once. Throws std::system_error.
  explicit SessionTable(std::size_t most) : sessions_(most) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void add(pid_t pid, const Session& session) noexcept;
  // null: none of ours. Valid until the next change of the table.
  [[nodiscard]] const Session* find(pid_t pid) noexcept;
  void remove(pid_t pid) noexcept;

  // Fills `into` with pids of sessions and gives the part that was filled, going on from where the
  // last call stopped, so that all are seen in turn. For a sweep that looks whether they still
  // live.
  [[nodiscard]] std::span<pid_t> next(std::span<pid_t> into) noexcept;

 private:
  FixedMap<Session> sessions_;
  std::size_t size_ = 0;
  std::size_t sweep_ = 0;  // the slot where next() goes on
};

}  // namespace yodel::acceptor
