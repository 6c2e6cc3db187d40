#include "tests/integration/connection.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::tests {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Waits for `events` and returns those that came. Throws std::runtime_error after `patience`.
int wait_for(int fd, short events) {
  pollfd poll{.fd = fd, .events = events, .revents = 0};
  if (posix::poll_until({&poll, 1}, posix::Clock::now() + patience) != 1) {
    throw std::runtime_error("nothing happened on the connection");
  }
  return poll.revents;
}

}  // namespace

protocol::Endpoint endpoint_of(const std::string& where) {
  if (where.starts_with(protocol::local_prefix)) return protocol::parse_endpoint(where).value();
  const auto colon = where.rfind(':');
  std::string address = where.substr(0, colon);
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  auto endpoint = protocol::parse_endpoint(address).value();
  endpoint.port = static_cast<std::uint16_t>(std::stoi(where.substr(colon + 1)));
  return endpoint;
}

Connection::Connection(const std::string& where) : Connection(where, "") {}

Connection::Connection(const std::string& where, const std::string& from) {
  const auto address = to_socket_address(endpoint_of(where), 0);
  socket_.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_) fail("socket");
  if (!from.empty()) {
    const auto source = to_socket_address(endpoint_of(from), 0);
    if (::bind(socket_.get(), source.get(), source.size) < 0) fail("bind");
  }
  if (::connect(socket_.get(), address.get(), address.size) < 0) fail("connect");
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(socket_.get(), POLLOUT);
    const ssize_t size =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) fail("send");
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

bool Connection::send_urgent(char byte) {
  wait_for(socket_.get(), POLLOUT);
  if (::send(socket_.get(), &byte, 1, MSG_OOB | MSG_NOSIGNAL) == 1) return true;
  if (errno != EOPNOTSUPP) fail("send");
  return false;
}

void Connection::send_and_take_in(std::string_view bytes) {
  while (!bytes.empty()) {
    const int events = wait_for(socket_.get(), POLLOUT | POLLIN);
    if ((events & POLLIN) != 0) taken_in_ += receive_some();
    if ((events & POLLOUT) == 0) continue;
    const ssize_t size =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) fail("send");
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void Connection::end() {
  if (::shutdown(socket_.get(), SHUT_WR) < 0) fail("shutdown");
}

void Connection::reset() {
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  socket_.reset();
}

std::string Connection::receive_some() {
  wait_for(socket_.get(), POLLIN);
  std::array<char, 65536> buffer{};
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) fail("recv");
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string Connection::receive(std::size_t size) {
  std::string all = std::exchange(taken_in_, {});
  while (all.size() < size) {
    const std::string some = receive_some();
    if (some.empty()) throw std::runtime_error("the connection ended after '" + all + "'");
    all += some;
  }
  taken_in_ = all.substr(size);
  all.resize(size);
  return all;
}

std::string Connection::receive_rest() {
  std::string all = std::exchange(taken_in_, {});
  for (;;) {
    const std::string some = receive_some();
    if (some.empty()) return all;
    all += some;
  }
}

bool Connection::has_input(std::chrono::milliseconds time) {
  pollfd poll{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return posix::poll_until({&poll, 1}, posix::Clock::now() + time) == 1;
}

std::uint16_t Connection::port() const {
  protocol::SocketAddress address;
  if (::getsockname(socket_.get(), address.get(), &address.size) < 0) fail("getsockname");
  const auto endpoint = protocol::endpoint_from(address);
  return endpoint ? endpoint->port : std::uint16_t{0};
}

}  // namespace yodel::tests
