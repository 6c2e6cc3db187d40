#include "posix/tcp_info.hpp"

#include <limits>
#include <linux/tcp.h>  // has more of tcp_info than netinet/tcp.h
#include <netinet/in.h>
#include <sys/socket.h>

namespace yodel::posix {

std::optional<TcpInfo> tcp_info(int socket) noexcept {
  // The kernel fills in as much as it has, and the rest stays 0.
  struct ::tcp_info info {};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  constexpr auto unmeasured = std::numeric_limits<std::uint32_t>::max();
  return TcpInfo{
      .rtt = std::chrono::microseconds(info.tcpi_rtt),
      .min_rtt = std::chrono::microseconds(info.tcpi_min_rtt == unmeasured ? 0 : info.tcpi_min_rtt),
      .retransmits = info.tcpi_total_retrans,
      .retransmitted_bytes = info.tcpi_bytes_retrans,
      .mss = info.tcpi_snd_mss};
}

}  // namespace yodel::posix
