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
    // No IPv6 source equals an IPv4 one: addresses in 0::/8 are reserved, RFC 4291, 2.4.
    case protocol::Family::ipv4: return std::uint64_t{0xffff} << 32 | number(4);
    case protocol::Family::ipv6: {
      // Only a link-local address has a zone, and the low bits of its /64 are zero.
      const std::uint64_t prefix = number(8) | peer.zone;
      return prefix == 0 ? 1 : prefix;  // ::1 is a source too, and 0 means none
    }
    case protocol::Family::local: return 0;
  }
  return 0;
}

Admission::Admission(AdmissionLimits limits, std::size_t capacity)
    : limits_(limits), by_source_(capacity) {}

bool Admission::admit(const protocol::Peer& peer) noexcept {
  if (const std::uint64_t source = source_of(peer); source != 0 && limits_.per_source != 0) {
    const std::uint32_t* count = by_source_.find(source);
    if (count != nullptr && *count >= limits_.per_source) return false;
  }
  count(peer);
  return true;
}

void Admission::count(const protocol::Peer& peer) noexcept {
  ++running_;
  if (const std::uint64_t source = source_of(peer); source != 0) ++by_source_.insert(source);
}

void Admission::release(const protocol::Peer& peer) noexcept {
  --running_;
  const std::uint64_t source = source_of(peer);
  if (source == 0) return;
  std::uint32_t* count = by_source_.find(source);
  if (count != nullptr && --*count == 0) by_source_.erase(source);
}

}  // namespace yodel::acceptor
