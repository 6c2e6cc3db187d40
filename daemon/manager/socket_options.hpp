// Options of a listening TCP socket, which the connections accepted from it inherit, tcp(7): a
// session sets none of them.
#pragma once

#include <chrono>
#include <cstdint>

#include "config/settings.hpp"

namespace yodel::manager {

// Sets that connections accepted from the TCP socket `listener` delay no small reply and keep
// urgent bytes in their place: TCP_NODELAY and SO_OOBINLINE.
void set_stream_options(int listener) noexcept;

// When the kernel asks a silent peer for a sign of life, and when it gives up, tcp(7): after `idle`
// seconds, then each `interval` seconds, for the last time `interval` seconds before the end.
struct Keepalive {
  int idle;      // TCP_KEEPIDLE
  int interval;  // TCP_KEEPINTVL
  int probes;    // TCP_KEEPCNT
  friend bool operator==(const Keepalive&, const Keepalive&) = default;
};

// Returns the times that add up to `timeout`, rounded up to whole seconds, at least 2. `timeout` is
// above zero and at most config::max_peer_timeout.
[[nodiscard]] Keepalive keepalive_for(std::chrono::milliseconds timeout) noexcept;

// Sets how long connections accepted from the TCP socket `listener` from now on outlive a peer
// whose machine has vanished: limits.peer_timeout.
void set_peer_timeout(int listener, const config::Limits& limits) noexcept;

// Sets SO_SNDBUF and SO_RCVBUF of connections that the TCP socket `listener` gets from now on to
// `size` bytes, socket(7); 0 leaves them to the kernel again.
void set_buffers(int listener, std::uint32_t size) noexcept;

}  // namespace yodel::manager
