// The admission policy: how many sessions there may be, in total and per source.
#pragma once

#include <cstddef>
#include <cstdint>

#include "acceptor/fixed_map.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::acceptor {

// Returns the source that limits.sessions_per_source counts: a peer's IPv4 address, or its IPv6
// /64, which a single host or site typically has (RFC 6177). For a link-local peer it is the link,
// since every link has all of fe80::/64. Returns 0 for a local peer, to which no such limit
// applies.
[[nodiscard]] std::uint64_t source_of(const protocol::Peer& peer) noexcept;

// The limits on sessions at once.
struct AdmissionLimits {
  std::uint32_t sessions = 0;
  std::uint32_t per_source = 0;  // 0: no limit
};

// Counts running sessions, in total and per source, and decides whether there may be one more.
// Counts per source even without such a limit, because a reload may introduce one.
class Admission {
 public:
  // The caller must never have more than `capacity` sessions counted. Throws std::system_error.
  Admission(AdmissionLimits limits, std::size_t capacity);

  // Replaces the limits. Sessions that exceed the new ones keep running.
  void set_limits(AdmissionLimits limits) noexcept { limits_ = limits; }

  // Returns whether one more connection may be accepted. If not, leave it in the kernel's backlog.
  [[nodiscard]] bool has_room() const noexcept { return running_ < limits_.sessions; }

  // Returns whether this peer may have a session, according to the limit per source, and counts the
  // session if so.
  [[nodiscard]] bool admit(const protocol::Peer& peer) noexcept;
  // Counts a session that another acceptor has admitted.
  void count(const protocol::Peer& peer) noexcept;
  // Stops counting a session of this peer, which has ended.
  void release(const protocol::Peer& peer) noexcept;

  // Returns the number of sessions that are counted.
  [[nodiscard]] std::uint32_t running() const noexcept { return running_; }

 private:
  AdmissionLimits limits_;
  std::uint32_t running_ = 0;
  FixedMap<std::uint32_t> by_source_;  // the number of sessions of each source that has any
};

}  // namespace yodel::acceptor
