#include "manager/socket_options.hpp"

#include <algorithm>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace yodel::manager {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The kernel's limits, from its include/net/tcp.h.
constexpr std::int64_t max_interval = 32767;  // of TCP_KEEPIDLE and TCP_KEEPINTVL, in seconds
constexpr std::int64_t max_probes = 127;      // of TCP_KEEPCNT

void set_option(int socket, int level, int option, int value) noexcept {
  (void)::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

void set_stream_options(int listener) noexcept {
  // With Nagle's algorithm (RFC 9293, 3.7.4) a reply would wait until the peer acknowledges the
  // welcome, and the peer may delay that.
  set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
  // Urgent data is part of the stream (RFC 9293, 3.8.5). Without this option the kernel takes its
  // last byte out of the stream (RFC 6093, 6).
  set_option(listener, SOL_SOCKET, SO_OOBINLINE, 1);
}

Keepalive keepalive_for(milliseconds timeout) noexcept {
  const std::int64_t time = std::max<std::int64_t>(2, std::chrono::ceil<seconds>(timeout).count());
  // The first half passes without a probe, then there is one in each eighth. If an eighth exceeds
  // max_interval there are more probes. The remainder of the division, less than max_probes
  // seconds, is added to the first half.
  const auto silence = std::min(time / 2, max_interval - max_probes);
  const auto rest = time - silence;
  const auto needed = (rest + max_interval - 1) / max_interval;
  const auto probes = std::min(std::max<std::int64_t>(4, needed), rest);
  const auto interval = rest / probes;
  return {.idle = static_cast<int>(time - interval * probes),
          .interval = static_cast<int>(interval),
          .probes = static_cast<int>(probes)};
}

void set_peer_timeout(int listener, const config::Limits& limits) noexcept {
  const auto time = limits.peer_timeout;
  const bool is_limited = time > milliseconds::zero();
  set_option(listener, SOL_SOCKET, SO_KEEPALIVE, is_limited ? 1 : 0);
  // TCP_USER_TIMEOUT also drops a live peer that does not read: leave that to idle_timeout if there
  // is one.
  const bool must_acknowledge = is_limited && limits.idle_timeout == milliseconds::zero();
  set_option(listener, IPPROTO_TCP, TCP_USER_TIMEOUT,
             must_acknowledge ? static_cast<int>(time.count()) : 0);
  if (!is_limited) return;
  const auto keepalive = keepalive_for(time);
  set_option(listener, IPPROTO_TCP, TCP_KEEPIDLE, keepalive.idle);
  set_option(listener, IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval);
  set_option(listener, IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes);
}

void set_buffers(int listener, std::uint32_t size) noexcept {
  if (size == 0) {
    // Undoes an earlier setting, so that the kernel again sizes buffers by need.
    set_option(listener, SOL_SOCKET, SO_BUF_LOCK, 0);
    return;
  }
  set_option(listener, SOL_SOCKET, SO_SNDBUF, static_cast<int>(size));
  set_option(listener, SOL_SOCKET, SO_RCVBUF, static_cast<int>(size));
}

void set_arrival_records(int listener, protocol::Protocol protocol) noexcept {
  const bool wanted = protocol == protocol::Protocol::probe;
  constexpr int stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  set_option(listener, SOL_SOCKET, SO_TIMESTAMPING, wanted ? stamps : 0);
  set_option(listener, IPPROTO_TCP, TCP_SAVE_SYN, wanted ? 1 : 0);
}

void set_wait_for_header(int listener, bool wanted) noexcept {
  constexpr int ours = 1;  // second
  int current = 0;
  socklen_t size = sizeof current;
  if (::getsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &current, &size) < 0) return;
  if (wanted && current != ours) set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, ours);
  if (!wanted && current == ours) set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0);
}

}  // namespace yodel::manager
