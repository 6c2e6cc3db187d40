#include "client/bench/tcp_tally.hpp"

#include <algorithm>

namespace yodel::client::bench {
namespace {

// Returns the smaller one of two figures, of which 0 stands for none.
template <typename Figure>
Figure smaller(Figure one, Figure other) {
  if (one == Figure{} || other == Figure{}) return std::max(one, other);
  return std::min(one, other);
}

}  // namespace

void TcpTally::add(const posix::TcpInfo& info, std::optional<std::uint32_t> of_handshake) {
  ++connections;
  if (info.rtt.count() > 0) rtt.record(info.rtt);
  min_rtt = smaller(min_rtt, std::chrono::nanoseconds(info.min_rtt));
  retransmits += info.retransmits;
  syn_retransmits += of_handshake.value_or(info.retransmits);
  // Before that, the MSS is a guess.
  if (!of_handshake) return;
  min_mss = smaller(min_mss, info.mss);
  max_mss = std::max(max_mss, info.mss);
}

void TcpTally::merge(const TcpTally& other) {
  connections += other.connections;
  rtt.merge(other.rtt);
  min_rtt = smaller(min_rtt, other.min_rtt);
  retransmits += other.retransmits;
  syn_retransmits += other.syn_retransmits;
  min_mss = smaller(min_mss, other.min_mss);
  max_mss = std::max(max_mss, other.max_mss);
}

}  // namespace yodel::client::bench
