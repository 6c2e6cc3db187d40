// The kernel's figures for a TCP connection: TCP_INFO, tcp(7).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace yodel::posix {

struct TcpInfo {
  std::chrono::microseconds rtt{};      // smoothed round-trip time, RFC 6298; 0: not measured yet
  std::chrono::microseconds min_rtt{};  // the shortest of late; 0: not measured yet
  // Segments that this end has sent again, SYN, SYN-ACK and FIN included. A lost SYN-ACK counts 1
  // at the client, whose SYN it looked like, and 2 at the server.
  std::uint32_t retransmits = 0;
  std::uint64_t retransmitted_bytes = 0;  // of data; 0 if only segments without data were repeated
  std::uint32_t mss = 0;                  // bytes of data that a segment can carry to the peer
  friend bool operator==(const TcpInfo&, const TcpInfo&) = default;
};

// Returns the state of the connection `socket`, also after either end has closed its side, or
// std::nullopt if it is not a TCP socket.
[[nodiscard]] std::optional<TcpInfo> tcp_info(int socket) noexcept;

}  // namespace yodel::posix
