// Options of a listening TCP socket. Accepted connections inherit them, tcp(7), so no session has
// to set them.
#pragma once

#include <chrono>
#include <cstdint>

#include "config/settings.hpp"

namespace yodel::manager {

// Makes connections accepted from the TCP socket `listener` send small replies without delay and
// keep urgent bytes in the stream: sets TCP_NODELAY and SO_OOBINLINE.
void set_stream_options(int listener) noexcept;

// The times of TCP keepalive, tcp(7). The kernel probes a silent peer after `idle` seconds and then
// every `interval` seconds, and drops the connection `interval` seconds after the last probe.
struct Keepalive {
  int idle;      // TCP_KEEPIDLE
  int interval;  // TCP_KEEPINTVL
  int probes;    // TCP_KEEPCNT
  friend bool operator==(const Keepalive&, const Keepalive&) = default;
};

// Returns times that add up to `timeout`, rounded up to whole seconds and to at least 2 s. Requires
// that `timeout` is positive and at most config::max_peer_timeout.
[[nodiscard]] Keepalive keepalive_for(std::chrono::milliseconds timeout) noexcept;

// Sets how long connections accepted from now on from the TCP socket `listener` outlive a peer
// whose machine has vanished: peer_timeout of the listener's `limits`.
void set_peer_timeout(int listener, const config::Limits& limits) noexcept;

// Sets SO_SNDBUF and SO_RCVBUF of connections accepted from now on from the TCP socket `listener`
// to `size` bytes, socket(7). With 0 the kernel sizes them again.
void set_buffers(int listener, std::uint32_t size) noexcept;

// Makes the kernel keep, for connections accepted from now on from the TCP socket `listener`, what
// sessions of probe report: when bytes arrived (SO_TIMESTAMPING, by the kernel's software) and the
// SYN (TCP_SAVE_SYN, tcp(7)). For the other protocols, undoes that. Set by a session itself, the
// first request would have no stamp. While one socket of the host wants stamps, the kernel makes
// one for each packet that arrives.
void set_arrival_records(int listener, protocol::Protocol protocol) noexcept;

// Makes the kernel hand over a connection of the TCP socket `listener` only once its first bytes
// have arrived, or else after about 1 s, TCP_DEFER_ACCEPT in tcp(7): if proxies are to begin each
// with a header, which an acceptor does not wait for. Otherwise undoes that, but leaves another
// time alone, such as DeferAcceptSec= of a socket unit, systemd.socket(5). A connection that is
// made by a SYN cookie is handed over at once.
void set_wait_for_header(int listener, bool wanted) noexcept;

}  // namespace yodel::manager
