// Who is let in: policy, and nothing else.
#pragma once

#include <cstdint>

#include "acceptor/fixed_map.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::acceptor {

// Where a peer comes from, as far as limits go: its IPv4 address or its IPv6 /64, which is what one
// host or one site is given (RFC 6177). 0: a local peer, whom no limit by source concerns.
[[nodiscard]] std::uint64_t source_of(const protocol::Peer& peer) noexcept;

// Keeps count of the sessions, at once, in all and from each source.
class Admission {
 public:
  // `per_source` 0: no limit by source. Throws std::system_error.
  Admission(std::uint32_t sessions, std::uint32_t per_source);

  // May one more connection be accepted? If not, it waits in the kernel's backlog.
  [[nodiscard]] bool has_room() const noexcept { return running_ < sessions_; }

  // May this peer, now that it is known, have a session? Counts it if so.
  [[nodiscard]] bool admit(const protocol::Peer& peer) noexcept;
  // A session of this peer's that was admitted is over.
  void release(const protocol::Peer& peer) noexcept;

  [[nodiscard]] std::uint32_t running() const noexcept { return running_; }

 private:
  std::uint32_t sessions_;
  std::uint32_t per_source_;
  std::uint32_t running_ = 0;
  FixedMap<std::uint32_t> by_source_;  // sources with sessions now, and how many
};

}  // namespace yodel::acceptor
