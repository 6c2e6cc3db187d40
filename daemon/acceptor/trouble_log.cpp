#include "acceptor/trouble_log.hpp"

#include <utility>

namespace yodel::acceptor {

void TroubleLog::note(protocol::Trouble trouble, int error, const protocol::Peer& peer) noexcept {
  Kind& kind = kinds_[static_cast<std::size_t>(trouble)];
  ++kind.count;
  kind.error = error;
  kind.peer = peer;
}

std::optional<protocol::Troubled> TroubleLog::due(posix::Clock::time_point now) noexcept {
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    Kind& kind = kinds_[i];
    if (kind.count == 0 || now < kind.may_say) continue;
    kind.may_say = now + interval;
    return protocol::Troubled{.trouble = static_cast<protocol::Trouble>(i),
                              .error = kind.error,
                              .count = std::exchange(kind.count, 0),
                              .peer = kind.peer};
  }
  return std::nullopt;
}

posix::Deadline TroubleLog::next_due() const noexcept {
  posix::Deadline next;
  for (const Kind& kind : kinds_) {
    if (kind.count > 0) next = posix::earlier(next, kind.may_say);
  }
  return next;
}

}  // namespace yodel::acceptor
