#include "manager/socket_options.hpp"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace yodel::manager {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The kernel's limits, its include/net/tcp.h.
constexpr std::int64_t max_interval = 32767;  // of TCP_KEEPIDLE and TCP_KEEPINTVL, in seconds
constexpr std::int64_t max_probes = 127;      // of TCP_KEEPCNT

void set_option(int socket, int level, int option, int value) noexcept {
  (void)::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

void set_stream_options(int listener) noexcept {
  // A reply must not wait for the peer's acknowledgement of the welcome, which may be delayed:
  // Nagle's algorithm, RFC 9293, 3.7.4.
  set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
  // Urgent data is a part of the stream, RFC 9293, 3.8.5; without this the kernel takes its last
  // byte out, RFC 6093, 6.
  set_option(listener, SOL_SOCKET, SO_OOBINLINE, 1);
}

Keepalive keepalive_for(milliseconds timeout) noexcept {
  const std::int64_t time = std::max<std::int64_t>(2, std::chrono::ceil<seconds>(timeout).count());
  // Half of it in silence, then a probe in each eighth. Where an interval cannot last that long
  // there are more probes; what the division leaves over, less than max_probes, is silence too.
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
    // Takes back what was set before, so that the kernel sizes them by what a connection needs.
    set_option(listener, SOL_SOCKET, SO_BUF_LOCK, 0);
    return;
  }
  set_option(listener, SOL_SOCKET, SO_SNDBUF, static_cast<int>(size));
  set_option(listener, SOL_SOCKET, SO_RCVBUF, static_cast<int>(size));
}

}  // namespace yodel::manager
