#include "client/connection/origin.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "client/failure.hpp"
#include "posix/descriptor.hpp"
#include "text/quote.hpp"

namespace yodel::client {

tl::expected<protocol::SocketAddress, std::string> parse_source(const std::string& text) {
  const auto endpoint = protocol::parse_endpoint(text);
  if (!endpoint || endpoint->family == protocol::Family::local) {
    return tl::make_unexpected(text::excerpt(text) + " is not an IPv4 or IPv6 address");
  }
  const unsigned int zone = endpoint->zone.empty() ? 0 : ::if_nametoindex(endpoint->zone.c_str());
  if (zone == 0 && !endpoint->zone.empty()) {
    return tl::make_unexpected("there is no interface " + text::excerpt(endpoint->zone));
  }
  return protocol::to_socket_address(*endpoint, zone);
}

int bind_to(int socket, const Origin& origin) noexcept {
  const auto& name = origin.device;
  if (!name.empty() && ::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                                    static_cast<socklen_t>(name.size())) != 0) {
    return errno;
  }
  if (!origin.address) return 0;
  // connect(2) knows the other end, so it can choose a port that is merely unused towards that one:
  // IP_BIND_ADDRESS_NO_PORT, ip(7).
  const int on = 1;
  static_cast<void>(::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on));
  return ::bind(socket, origin.address->get(), origin.address->size) == 0 ? 0 : errno;
}

std::optional<std::string> obstacle(const Origin& origin) {
  // The kernel would truncate a name that is too long.
  if (!origin.device.empty() && ::if_nametoindex(origin.device.c_str()) == 0) {
    return "there is no interface " + text::excerpt(origin.device);
  }
  const int family = origin.address ? origin.address->storage.ss_family : AF_INET;
  const posix::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int error = socket ? bind_to(socket.get(), origin) : errno;
  if (error == 0) return std::nullopt;
  const auto name =
      origin.address ? protocol::address_text(protocol::peer_from(*origin.address)) : origin.device;
  if (error == EADDRNOTAVAIL) return name + " is not an address of this host";
  const auto cause = lower_case_cause(std::strerror(error));
  if (error != EPERM) return fmt::format("{}: {}", text::printable(name), cause);
  return fmt::format("{}: {}; --interface needs Linux 5.7 or CAP_NET_RAW", text::printable(name),
                     cause);
}

}  // namespace yodel::client
