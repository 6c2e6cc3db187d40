// Who is let in: policy, and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "acceptor/fixed_map.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::acceptor {

// Returns where a peer comes from, as far as limits go: its IPv4 address or its IPv6 /64, which is
// what one host or one site is given (RFC 6177). All of fe80::/64 are on one link, so there it is
// the link. 0: a local peer, whom no limit by source concerns.
[[nodiscard]] std::uint64_t source_of(const protocol::Peer& peer) noexcept;

struct AdmissionLimits {
  std::uint32_t sessions = 0;
  std::uint32_t per_source = 0;  // 0: no limit
};

// Keeps count of the sessions, at once, in all and from each source: from each also while there is
// no limit to that, since a reload may bring one.
class Admission {
 public:
  // Never counts more than `capacity`. Throws std::system_error.
  Admission(AdmissionLimits limits, std::size_t capacity);

  // From now on. Sessions that are beyond the new limits stay.
  void set_limits(AdmissionLimits limits) noexcept { limits_ = limits; }

  // Returns whether one more connection may be accepted. If not, it waits in the kernel's backlog.
  [[nodiscard]] bool has_room() const noexcept { return running_ < limits_.sessions; }

  // Returns whether this peer, now that it is known, may have a session. Counts it if so.
  [[nodiscard]] bool admit(const protocol::Peer& peer) noexcept;
  // Counts a session that another acceptor has let in.
  void count(const protocol::Peer& peer) noexcept;
  // A session of this peer's that was counted is over.
  void release(const protocol::Peer& peer) noexcept;

  [[nodiscard]] std::uint32_t running() const noexcept { return running_; }

 private:
  AdmissionLimits limits_;
  std::uint32_t running_ = 0;
  FixedMap<std::uint32_t> by_source_;  // sources with sessions now, and how many
};

}  // namespace yodel::acceptor
