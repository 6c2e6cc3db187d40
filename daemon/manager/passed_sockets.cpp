#include "manager/passed_sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <utility>

#include "manager/exit_status.hpp"

namespace yodel::manager {
namespace {

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
      fmt::format("socket '{}' that systemd passed: expected a listening stream socket, "
                  "found {}",
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

bool same_place(const protocol::Endpoint& passed, const protocol::Endpoint& configured) {
  // The zone of a passed socket is a number, that of the file may be a name.
  return passed.family == configured.family && passed.address == configured.address &&
         passed.port == configured.port && passed.path == configured.path;
}

}  // namespace

PassedSockets PassedSockets::take() {
  char** raw_names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &raw_names);
  const std::unique_ptr<char*, Free> names(raw_names);
  if (count < 0) {
    throw StartError(
        ExitStatus::os_error,
        fmt::format("cannot take the sockets that systemd passed: {}", std::strerror(-count)));
  }
  PassedSockets passed;
  for (int i = 0; i < count; ++i) {
    posix::Descriptor fd(SD_LISTEN_FDS_START + i);
    const std::string name = raw_names == nullptr ? "" : raw_names[i];
    auto endpoint = endpoint_of(fd.get(), name);
    passed.sockets_.push_back({std::move(fd), name, std::move(endpoint)});
  }
  return passed;
}

std::optional<posix::Descriptor> PassedSockets::claim(const config::Listen& listen) {
  auto found = sockets_.end();
  if (!listen.name.empty()) {
    found = std::find_if(sockets_.begin(), sockets_.end(),
                         [&](const Socket& s) { return s.name == listen.name; });
  }
  if (found == sockets_.end()) {
    found = std::find_if(sockets_.begin(), sockets_.end(),
                         [&](const Socket& s) { return same_place(s.endpoint, listen.endpoint); });
  }
  if (found == sockets_.end()) return std::nullopt;
  posix::Descriptor fd = std::move(found->fd);
  sockets_.erase(found);
  return fd;
}

std::vector<std::string> PassedSockets::unused() const {
  std::vector<std::string> rest;
  for (const Socket& socket : sockets_) {
    rest.push_back(fmt::format("{} ({})", to_string(socket.endpoint), socket.name));
  }
  return rest;
}

}  // namespace yodel::manager
