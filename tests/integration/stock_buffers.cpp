// Preloaded into yodeld: limits socket buffers to what a stock kernel grants, whatever this
// machine's net.core.wmem_max is, and even for root, who may exceed it.

#include <algorithm>
#include <cstring>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int setsockopt(int fd, int level, int optname, const void* optval,
                          socklen_t optlen) noexcept {
  constexpr int stock_wmem_max = 212992;
  int bounded = 0;
  if (level == SOL_SOCKET && optname == SO_SNDBUFFORCE) return 0;
  if (level == SOL_SOCKET && optname == SO_SNDBUF && optlen == sizeof bounded) {
    std::memcpy(&bounded, optval, sizeof bounded);
    bounded = std::min(bounded, stock_wmem_max);
    optval = &bounded;
  }
  return static_cast<int>(::syscall(SYS_setsockopt, fd, level, optname, optval, optlen));
}
