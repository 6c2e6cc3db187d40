#include "acceptor/admission.hpp"

namespace yodel::acceptor {

std::uint64_t source_of(const protocol::Peer& peer) noexcept {
  const auto number = [&](std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | peer.address[i];
    return value;
  };
  switch (peer.family) {
    // The high bits keep the two families apart: 0::/8 is reserved, RFC 4291, 2.4.
    case protocol::Family::ipv4: return std::uint64_t{0xffff} << 32 | number(4);
    case protocol::Family::ipv6: {
      const std::uint64_t prefix = number(8);
      return prefix == 0 ? 1 : prefix;  // ::1 is a source too
    }
    case protocol::Family::local: return 0;
  }
  return 0;
}

Admission::Admission(std::uint32_t sessions, std::uint32_t per_source)
    : sessions_(sessions), per_source_(per_source), by_source_(per_source == 0 ? 0 : sessions) {}

bool Admission::admit(const protocol::Peer& peer) noexcept {
  const std::uint64_t source = per_source_ == 0 ? 0 : source_of(peer);
  if (source != 0) {
    const std::uint32_t* count = by_source_.find(source);
    if (count != nullptr && *count >= per_source_) return false;
    ++by_source_.insert(source);
  }
  ++running_;
  return true;
}

void Admission::release(const protocol::Peer& peer) noexcept {
  --running_;
  const std::uint64_t source = per_source_ == 0 ? 0 : source_of(peer);
  if (source == 0) return;
  std::uint32_t* count = by_source_.find(source);
  if (count != nullptr && --*count == 0) by_source_.erase(source);
}

}  // namespace yodel::acceptor
