#include "manager/binding.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <utility>

#include "manager/kernel_number.hpp"
#include "manager/shared_port.hpp"
#include "manager/socket_file.hpp"
#include "manager/socket_options.hpp"
#include "manager/systemd/exit_status.hpp"
#include "posix/interface.hpp"
#include "text/quote.hpp"

namespace yodel::manager {
namespace {

using protocol::Endpoint;
using protocol::Family;

constexpr mode_t open_to_all = 0666;  // connect(2) needs write permission, unix(7)

int domain_of(Family family) {
  switch (family) {
    case Family::ipv4: return AF_INET;
    case Family::ipv6: return AF_INET6;
    case Family::local: return AF_UNIX;
  }
  return AF_UNSPEC;
}

std::string why_not_path(const std::string& path, int error) {
  if (auto obstacle = find_obstacle(path); !obstacle.empty()) return obstacle;
  const auto folder = text::quote(folder_of(path));
  switch (error) {
    case EADDRINUSE:
      return "the address is in use: another process listens there, or left a socket that this one "
             "may not remove; 'ss -lxp' shows the process";
    case EACCES:
    case EPERM:
      return fmt::format("permission denied: yodeld's user cannot write to the directory {}",
                         folder);
    case EROFS:
      return fmt::format(
          "the directory {} is on a read-only file system; to the service, all but /run/yodel is "
          "read-only: choose a path there, or set ReadWritePaths= in the unit",
          folder);
    default: return std::strerror(error);
  }
}

std::string why_not_address(const Endpoint& endpoint, int error) {
  const auto first_port = first_unprivileged_port();
  switch (error) {
    case EADDRINUSE:
      return "the address is in use by another process or another [[listen]]; 'ss -ltnp' shows the "
             "process";
    case EADDRNOTAVAIL:
      return "no interface of this host has this address; 'ip address' lists the addresses";
    case EACCES:
    case EPERM:
      if (endpoint.port < first_port) return "permission denied: " + low_port_text(first_port);
      return "permission denied: SocketBindDeny= in the unit or a kernel security module forbids "
             "it";
    case EAFNOSUPPORT:
      return "this process cannot create such a socket: the unit forbids it "
             "(RestrictAddressFamilies=), or the kernel has no IPv6; in the sealed variant, run "
             "'yodeld-seal on' again";
    default: return std::strerror(error);
  }
}

ExitStatus status_of(int error) {
  switch (error) {
    case EADDRINUSE:
    case EADDRNOTAVAIL: return ExitStatus::unavailable;
    case EACCES:
    case EPERM:
    case EROFS: return ExitStatus::permission;
    default: return ExitStatus::os_error;
  }
}

[[noreturn]] void fail(const Endpoint& endpoint, ExitStatus status, const std::string& why) {
  throw StartError(status, fmt::format("cannot listen at {}: {}", to_string(endpoint), why));
}

[[noreturn]] void fail(const Endpoint& endpoint, int error) {
  const bool is_file = endpoint.family == Family::local;
  fail(endpoint, status_of(error),
       is_file ? why_not_path(endpoint.path, error) : why_not_address(endpoint, error));
}

std::string why_no_zone(const Endpoint& endpoint) {
  if (endpoint.zone.empty() || posix::interface_index(endpoint.zone) != 0) return {};
  return fmt::format("this host has no interface {}; 'ip link' lists its interfaces",
                     text::quote(endpoint.zone));
}

posix::Descriptor make_socket(Family family) {
  posix::Descriptor socket(
      ::socket(domain_of(family), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return socket;
  const int on = 1;
  // A restart must not wait until old connections have left TIME_WAIT, socket(7).
  if (family != Family::local) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // "::" must not conflict with "0.0.0.0", whatever net.ipv6.bindv6only says.
  if (family == Family::ipv6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  return socket;
}

// Returns 0 or errno(3).
int try_to_bind(const posix::Descriptor& socket, const Endpoint& endpoint) {
  const auto address = to_socket_address(endpoint, posix::interface_index(endpoint.zone));
  return ::bind(socket.get(), address.get(), address.size) < 0 ? errno : 0;
}

// Binds to a path and creates the socket file with its final mode. A chmod(2) afterwards would
// follow a link that somebody with write access to the folder may have put in its place: it took
// 186 attempts to make a file of root's world-writable.
int bind_file(const posix::Descriptor& socket, const Endpoint& endpoint) {
  const mode_t before = ::umask(~open_to_all & 0777U);
  const int error = try_to_bind(socket, endpoint);
  ::umask(before);
  return error;
}

// Returns a socket bound to the address of `listen`, beside `others`, see bind_beside().
posix::Descriptor bind_at(const config::Listen& listen, std::vector<int> others) {
  const Endpoint& endpoint = listen.endpoint;
  if (const auto why = why_no_zone(endpoint); !why.empty()) {
    fail(endpoint, ExitStatus::unavailable, why);
  }
  auto socket = make_socket(endpoint.family);
  if (!socket) fail(endpoint, errno);
  std::optional<SharedPort> shared;
  if (!others.empty()) {
    others.push_back(socket.get());
    shared.emplace(std::move(others));
  }
  const bool is_file = endpoint.family == Family::local;
  const int error = is_file ? bind_file(socket, endpoint) : try_to_bind(socket, endpoint);
  if (error != 0) fail(endpoint, error);
  // Set before listen(2), so that the first connections inherit it too.
  if (!is_file) {
    set_buffers(socket.get(), listen.socket_buffer);
    set_arrival_records(socket.get(), listen.protocol);
    set_wait_for_header(socket.get(), !listen.proxy_from.empty());
  }
  return socket;
}

}  // namespace

posix::Descriptor listen_at(const config::Listen& listen) {
  auto socket = bind_at(listen, {});
  start_listening(socket.get(), listen);
  return socket;
}

posix::Descriptor bind_beside(std::vector<int> others, const config::Listen& listen) {
  return bind_at(listen, std::move(others));
}

void start_listening(int socket, const config::Listen& listen) {
  if (::listen(socket, listen.backlog) < 0) fail(listen.endpoint, errno);
}

std::string why_no_address(const Endpoint& endpoint) {
  if (auto why = why_no_zone(endpoint); !why.empty()) return why;
  auto anywhere = endpoint;
  anywhere.port = 0;
  const auto socket = make_socket(endpoint.family);
  const int error = socket ? try_to_bind(socket, anywhere) : errno;
  return error == 0 ? "" : why_not_address(anywhere, error);
}

std::string find_obstacle(const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
    const std::string_view kind = S_ISDIR(there.st_mode)   ? "directory"
                                  : S_ISLNK(there.st_mode) ? "symbolic link"
                                                           : "file";
    return fmt::format("there is already a {} at this path: remove it, or choose another path",
                       kind);
  }
  const std::string folder = folder_of(path);
  if (::stat(folder.c_str(), &there) == 0) {
    return S_ISDIR(there.st_mode) ? "" : text::quote(folder) + " is not a directory";
  }
  if (errno != ENOENT && errno != ENOTDIR) return {};
  return fmt::format("the directory {} does not exist: create it, or choose another path",
                     text::quote(folder));
}

std::uint32_t first_unprivileged_port() {
  constexpr std::uint32_t usual = 1024;
  const auto set = read_number("/proc/sys/net/ipv4/ip_unprivileged_port_start");
  return set ? static_cast<std::uint32_t>(*set) : usual;
}

std::string low_port_text(std::uint32_t first) {
  return fmt::format(
      "ports below {} (net.ipv4.ip_unprivileged_port_start) need CAP_NET_BIND_SERVICE, which root "
      "has but the service does not; 'yodeld-seal on' lets systemd bind them",
      first);
}

}  // namespace yodel::manager
