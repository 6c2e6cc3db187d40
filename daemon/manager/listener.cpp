#include "manager/listener.hpp"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "manager/socket_options.hpp"
#include "manager/systemd/exit_status.hpp"

namespace yodel::manager {
namespace {

using protocol::Endpoint;
using protocol::Family;

constexpr mode_t open_to_all = 0666;  // to connect to a Unix socket is to write to it, unix(7)

[[noreturn]] void fail(const Endpoint& endpoint, int error) {
  const std::string where = fmt::format("cannot listen at {}: ", to_string(endpoint));
  switch (error) {
    case EADDRINUSE:
      throw StartError(ExitStatus::unavailable,
                       where + "the address is in use, by another process or another [[listen]]");
    case EADDRNOTAVAIL:
      throw StartError(ExitStatus::unavailable,
                       where + "no interface of this host has the address");
    case EACCES:
    case EPERM:
      throw StartError(ExitStatus::permission,
                       where + (endpoint.family == Family::local
                                    ? "permission denied: its folder must be writable"
                                    : "permission denied: ports below "
                                      "net.ipv4.ip_unprivileged_port_start need "
                                      "CAP_NET_BIND_SERVICE; for the service, yodeld-seal on has "
                                      "systemd bind them"));
    case EAFNOSUPPORT:
      throw StartError(ExitStatus::os_error,
                       where +
                           "this process may make no such socket; a sealed service gets one "
                           "from systemd by yodeld-seal on");
    default: throw StartError(ExitStatus::os_error, where + std::strerror(error));
  }
}

int domain_of(Family family) {
  switch (family) {
    case Family::ipv4: return AF_INET;
    case Family::ipv6: return AF_INET6;
    case Family::local: return AF_UNIX;
  }
  return AF_UNSPEC;
}

unsigned zone_index(const Endpoint& endpoint) {
  if (endpoint.zone.empty()) return 0;
  unsigned index = ::if_nametoindex(endpoint.zone.c_str());
  if (index == 0) {
    std::from_chars(endpoint.zone.data(), endpoint.zone.data() + endpoint.zone.size(), index);
  }
  if (index == 0) {
    throw StartError(ExitStatus::unavailable,
                     fmt::format("cannot listen at {}: this host has no interface '{}'",
                                 to_string(endpoint), endpoint.zone));
  }
  return index;
}

posix::Descriptor make_socket(const Endpoint& endpoint) {
  posix::Descriptor socket(
      ::socket(domain_of(endpoint.family), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) fail(endpoint, errno);
  return socket;
}

void set_option(const posix::Descriptor& socket, int level, int option, int value = 1) {
  (void)::setsockopt(socket.get(), level, option, &value, sizeof value);
}

Endpoint bound_endpoint(const posix::Descriptor& socket, const Endpoint& configured) {
  protocol::SocketAddress address;
  if (::getsockname(socket.get(), address.get(), &address.size) < 0) fail(configured, errno);
  return endpoint_from(address).value_or(configured);
}

}  // namespace

Listener::Listener(posix::Descriptor socket, Endpoint bound)
    : socket_(std::move(socket)), bound_(std::move(bound)), text_(to_string(bound_)) {
  // Accepted connections inherit both options, tcp(7); on Unix sockets each session sets what it
  // needs. A reply must not wait for the peer's acknowledgement
  // of the welcome, which may be delayed: Nagle's algorithm, RFC 9293, 3.7.4.
  if (bound_.family == Family::local) return;
  set_option(socket_, IPPROTO_TCP, TCP_NODELAY);
  // Urgent data is a part of the stream, RFC 9293, 3.8.5; without this the kernel takes its last
  // byte out, RFC 6093, 6.
  set_option(socket_, SOL_SOCKET, SO_OOBINLINE);
}

void Listener::remove_stale_file(const Endpoint& endpoint) {
  struct stat file {};
  if (endpoint.family != Family::local || ::lstat(endpoint.path.c_str(), &file) < 0 ||
      !S_ISSOCK(file.st_mode)) {
    return;
  }
  const auto address = to_socket_address(endpoint, 0);
  const auto probe = make_socket(endpoint);
  if (::connect(probe.get(), address.get(), address.size) < 0 && errno == ECONNREFUSED) {
    ::unlink(endpoint.path.c_str());
  }
}

Listener Listener::bind(const config::Listen& listen) {
  const Endpoint& endpoint = listen.endpoint;
  const auto address = to_socket_address(endpoint, zone_index(endpoint));
  posix::Descriptor socket = make_socket(endpoint);
  if (endpoint.family == Family::local) {
    remove_stale_file(endpoint);
  } else {
    // A restart must not wait for connections of before to leave TIME_WAIT.
    set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  }
  // "::" and "0.0.0.0" may stand side by side, whatever net.ipv6.bindv6only says.
  if (endpoint.family == Family::ipv6) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(socket.get(), address.get(), address.size) < 0) fail(endpoint, errno);

  if (endpoint.family == Family::local) ::chmod(endpoint.path.c_str(), open_to_all);
  Endpoint bound = endpoint;  // as the file names it, but for the port
  bound.port = bound_endpoint(socket, endpoint).port;
  Listener listener(std::move(socket), bound);
  listener.own_file();
  listener.begin(listen);
  return listener;
}

Listener Listener::adopt(PassedSockets::Claimed passed, const config::Listen& listen) {
  posix::set_nonblocking(passed.fd.get());
  auto bound = bound_endpoint(passed.fd, listen.endpoint);
  // The kernel knows a zone as a number, the file may name it.
  if (!passed.stored_as.empty()) bound.zone = listen.endpoint.zone;
  Listener listener(std::move(passed.fd), std::move(bound));
  listener.belongs_to_unit_ = passed.stored_as.empty();
  if (!listener.belongs_to_unit_) {
    listener.stored_as_ = std::move(passed.stored_as);
    listener.own_file();
  }
  listener.begin(listen);
  return listener;
}

Listener::~Listener() {
  if (!owned_file_ || !stored_as_.empty()) return;
  struct stat ours {};
  struct stat there {};
  const char* path = bound_.path.c_str();
  const bool still_ours = ::fstat(owned_file_.get(), &ours) == 0 && ::lstat(path, &there) == 0 &&
                          ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
  if (still_ours) ::unlink(path);
}

void Listener::own_file() {
  if (bound_.family != Family::local) return;
  owned_file_.reset(::open(bound_.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

void Listener::begin(const config::Listen& listen) const {
  // Before listen(2): connections that come until set_buffers() is called have them as well.
  set_buffers(listen.socket_buffer);
  if (::listen(socket_.get(), listen.backlog) < 0) fail(bound_, errno);
}

void Listener::end() noexcept {
  stored_as_.clear();
  ::shutdown(socket_.get(), SHUT_RD);
}

void Listener::set_backlog(int backlog) const noexcept {
  (void)::listen(socket_.get(), backlog);
}

void Listener::set_peer_timeout(const config::Limits& limits) const noexcept {
  if (bound_.family != Family::local) manager::set_peer_timeout(socket_.get(), limits);
}

void Listener::set_buffers(std::uint32_t size) const noexcept {
  if (bound_.family != Family::local) manager::set_buffers(socket_.get(), size);
}

}  // namespace yodel::manager
