#include "acceptor/rate_limited_log.hpp"

#include <utility>

namespace yodel::acceptor {

void RateLimitedLog::note(protocol::AcceptError kind, int error,
                          const protocol::Peer& peer) noexcept {
  Pending& pending = pending_[static_cast<std::size_t>(kind)];
  ++pending.count;
  pending.error = error;
  pending.peer = peer;
}

std::optional<protocol::AcceptErrors> RateLimitedLog::due(posix::Clock::time_point now) noexcept {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    Pending& pending = pending_[i];
    if (pending.count == 0 || now < pending.not_before) continue;
    pending.not_before = now + interval;
    return protocol::AcceptErrors{.kind = static_cast<protocol::AcceptError>(i),
                                  .error = pending.error,
                                  .count = std::exchange(pending.count, 0),
                                  .peer = pending.peer};
  }
  return std::nullopt;
}

posix::Deadline RateLimitedLog::next_due() const noexcept {
  posix::Deadline next;
  for (const Pending& pending : pending_) {
    if (pending.count > 0) next = posix::earlier(next, pending.not_before);
  }
  return next;
}

}  // namespace yodel::acceptor
