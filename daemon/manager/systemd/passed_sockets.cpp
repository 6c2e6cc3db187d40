#include "manager/systemd/passed_sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <systemd/sd-daemon.h>
#include <utility>

#include "manager/systemd/exit_status.hpp"
#include "manager/systemd/start_history.hpp"
#include "posix/interface.hpp"
#include "text/quote.hpp"

namespace yodel::manager {
namespace {

constexpr std::string_view store_prefix = "yodeld-listener-";
constexpr std::size_t max_name_length = 255;  // systemd's FDNAME_MAX
static_assert(store_prefix.size() +
                  2 * (protocol::local_prefix.size() + protocol::max_socket_path) <=
              max_name_length);

struct Free {
  // The array and its strings are malloc'ed, sd_listen_fds_with_names(3).
  void operator()(char** names) const noexcept {
    if (names == nullptr) return;
    for (char** name = names; *name != nullptr; ++name)
      std::free(*name);                    // NOLINT(*-no-malloc)
    std::free(static_cast<void*>(names));  // NOLINT(*-no-malloc)
  }
};

[[noreturn]] void refuse(const std::string& name, std::string_view found) {
  throw StartError(
      ExitStatus::config,
      fmt::format("socket '{}' passed by systemd: expected a listening stream socket, found {}",
                  name, found));
}

protocol::Endpoint endpoint_of(int fd, const std::string& name) {
  if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) refuse(name, "something else");
  protocol::SocketAddress address;
  if (::getsockname(fd, address.get(), &address.size) < 0) refuse(name, std::strerror(errno));
  auto endpoint = protocol::endpoint_from(address);
  if (!endpoint) refuse(name, endpoint.error());
  return *std::move(endpoint);
}

bool is_same_address(const protocol::Endpoint& passed, const protocol::Endpoint& configured) {
  // The zone of a passed socket is a number; the one in the file may be a name.
  const bool same_zone =
      passed.zone == configured.zone ||
      posix::interface_index(passed.zone) == posix::interface_index(configured.zone);
  return passed.family == configured.family && passed.address == configured.address &&
         passed.port == configured.port && passed.path == configured.path && same_zone;
}

bool is_reachable(const protocol::Endpoint& endpoint) {
  struct stat file {};
  return endpoint.family != protocol::Family::local ||
         (::lstat(endpoint.path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode));
}

}  // namespace

std::string store_name(const protocol::Endpoint& bound) {
  const std::string text = to_string(bound);
  std::string name(store_prefix);
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-' || c == '/';
    if (plain) {
      name += c;
    } else {
      name += fmt::format("_{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (name.size() <= max_name_length) return name;
  // A long path with many special characters. In hexadecimal alone the longest path fits. Such a
  // name has no '_' and therefore differs from every name above: each text has a ':', encoded as
  // "_3a".
  name = store_prefix;
  for (const char c : text)
    name += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return name;
}

PassedSockets PassedSockets::take() {
  char** raw_names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &raw_names);
  const std::unique_ptr<char*, Free> names(raw_names);
  if (count < 0) {
    throw StartError(
        ExitStatus::os_error,
        fmt::format("cannot take over the sockets passed by systemd: {}", std::strerror(-count)));
  }
  PassedSockets passed;
  for (int i = 0; i < count; ++i) {
    posix::Descriptor fd(SD_LISTEN_FDS_START + i);
    std::string name = raw_names == nullptr ? "" : raw_names[i];
    if (name == StartHistory::store_name) {
      passed.history_ = std::move(fd);
      continue;
    }
    Socket socket{.fd = std::move(fd), .name = std::move(name), .endpoint = {}};
    socket.was_stored = socket.name.starts_with(store_prefix);
    try {
      socket.endpoint = endpoint_of(socket.fd.get(), socket.name);
    } catch (const StartError&) {
      // In a socket unit this is the administrator's error. In the store, only another version of
      // yodeld can have put it there.
      if (!socket.was_stored) throw;
      passed.unusable_.push_back({socket.name, {}});
      continue;
    }
    passed.sockets_.push_back(std::move(socket));
  }
  return passed;
}

PassedSockets::Socket* PassedSockets::find_by_name(const config::Listen& listen) {
  if (listen.name.empty()) return nullptr;
  Socket* found = nullptr;
  for (Socket& socket : sockets_) {
    if (socket.name != listen.name) continue;
    // Without FileDescriptorName= all sockets of a unit have the unit's name: prefer the address.
    if (is_same_address(socket.endpoint, listen.endpoint)) return &socket;
    if (found == nullptr) found = &socket;
  }
  return found;
}

PassedSockets::Socket* PassedSockets::find(const config::Listen& listen,
                                           const std::vector<config::Listen>& all) {
  if (Socket* named = find_by_name(listen)) return named;
  const auto belongs_to_another = [&](const Socket& socket) {
    return std::any_of(all.begin(), all.end(), [&](const config::Listen& other) {
      return other.name == socket.name && find_by_name(other) == &socket;
    });
  };
  for (Socket& socket : sockets_) {
    if (is_same_address(socket.endpoint, listen.endpoint) && is_reachable(socket.endpoint) &&
        !belongs_to_another(socket)) {
      return &socket;
    }
  }
  return nullptr;
}

std::optional<PassedSockets::Claimed> PassedSockets::claim(const config::Listen& listen,
                                                           const std::vector<config::Listen>& all) {
  Socket* socket = find(listen, all);
  if (socket == nullptr) return std::nullopt;
  if (socket->was_stored) {
    Claimed claimed{.fd = std::move(socket->fd), .stored_as = std::move(socket->name)};
    sockets_.erase(sockets_.begin() + (socket - sockets_.data()));
    return claimed;
  }
  posix::Descriptor copy(::fcntl(socket->fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) throw std::system_error(errno, std::generic_category(), "fcntl(F_DUPFD_CLOEXEC)");
  socket->is_wanted = true;
  return Claimed{.fd = std::move(copy), .stored_as = {}};
}

std::vector<std::string> PassedSockets::unused() const {
  std::vector<std::string> rest;
  for (const Socket& socket : sockets_) {
    if (socket.was_stored || socket.is_wanted) continue;
    rest.push_back(fmt::format("{} ({})", text::escaped(to_string(socket.endpoint)), socket.name));
  }
  return rest;
}

std::vector<PassedSockets::Closed> PassedSockets::close_stored_but(
    const std::vector<config::Listen>& listeners) {
  for (const auto& listen : listeners) {
    if (Socket* socket = find(listen, listeners)) socket->is_wanted = true;
  }
  auto closed = std::exchange(unusable_, {});
  std::erase_if(sockets_, [&](Socket& socket) {
    const bool closes = socket.was_stored && !socket.is_wanted;
    if (closes) {
      // systemd may close its copy later, but the address must be free now.
      ::shutdown(socket.fd.get(), SHUT_RD);
      closed.push_back({std::move(socket.name), std::move(socket.endpoint)});
    }
    return closes;
  });
  return closed;
}

}  // namespace yodel::manager
