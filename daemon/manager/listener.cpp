#include "manager/listener.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "manager/binding.hpp"
#include "manager/socket_options.hpp"
#include "text/quote.hpp"

namespace yodel::manager {
namespace {

using protocol::Endpoint;
using protocol::Family;

Endpoint bound_endpoint(const posix::Descriptor& socket, const Endpoint& configured) {
  protocol::SocketAddress address;
  if (::getsockname(socket.get(), address.get(), &address.size) < 0) {
    throw std::system_error(errno, std::generic_category(), "getsockname");
  }
  return endpoint_from(address).value_or(configured);
}

}  // namespace

Listener::Listener(posix::Descriptor socket, Endpoint bound)
    : socket_(std::move(socket)),
      bound_(std::move(bound)),
      // It appears in titles and logs, and the name of a passed socket may contain any bytes.
      text_(text::escaped(to_string(bound_))) {
  // Unix sockets pass no options on to their connections: there each session sets what it needs.
  if (bound_.family != Family::local) set_stream_options(socket_.get());
}

Listener Listener::bind(const config::Listen& listen) {
  const Endpoint& endpoint = listen.endpoint;
  std::optional<SocketFile> file;
  if (endpoint.family == Family::local) {
    file.emplace(endpoint.path);
    file->remove_if_stale();
  }
  auto socket = listen_at(listen);
  Endpoint bound = endpoint;  // as in the file, except for the port
  bound.port = bound_endpoint(socket, endpoint).port;
  Listener listener(std::move(socket), std::move(bound));
  listener.own(std::move(file));
  return listener;
}

Listener Listener::bind_beside(std::vector<int> others, const config::Listen& listen) {
  Listener listener(manager::bind_beside(std::move(others), listen), listen.endpoint);
  listener.is_listening_ = false;
  return listener;
}

void Listener::start_listening(const config::Listen& listen) {
  manager::start_listening(socket_.get(), listen);
  is_listening_ = true;
}

Listener Listener::adopt(PassedSockets::Claimed passed, const config::Listen& listen) {
  posix::set_nonblocking(passed.fd.get());
  auto bound = bound_endpoint(passed.fd, listen.endpoint);
  // The kernel reports a zone as a number; the file may have a name for it.
  if (!passed.stored_as.empty()) bound.zone = listen.endpoint.zone;
  Listener listener(std::move(passed.fd), std::move(bound));
  listener.belongs_to_unit_ = passed.stored_as.empty();
  if (!listener.belongs_to_unit_) {
    listener.stored_as_ = std::move(passed.stored_as);
    if (listener.bound_.family == Family::local) listener.own(SocketFile(listener.bound_.path));
  }
  return listener;
}

Listener::~Listener() {
  if (file_ && stored_as_.empty()) file_->remove();
}

void Listener::own(std::optional<SocketFile> file) noexcept {
  file_ = std::move(file);
  if (file_) file_->own();
}

bool Listener::is_same_socket(const Listener& other) const noexcept {
  struct stat ours {};
  struct stat its {};
  return ::fstat(socket_.get(), &ours) == 0 && ::fstat(other.descriptor(), &its) == 0 &&
         ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

bool Listener::is_reachable() const noexcept {
  return !file_ || file_->is_reachable();
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

void Listener::set_arrival_records(protocol::Protocol protocol) const noexcept {
  if (bound_.family != Family::local) manager::set_arrival_records(socket_.get(), protocol);
}

void Listener::set_wait_for_header(bool wanted) const noexcept {
  if (bound_.family != Family::local) manager::set_wait_for_header(socket_.get(), wanted);
}

}  // namespace yodel::manager
