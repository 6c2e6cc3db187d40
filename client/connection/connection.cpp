#include "client/connection/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "text/quote.hpp"

namespace yodel::client {
namespace {

using posix::Clock;

// A peer that sends more than this unasked, while we send, must wait: we read no further.
constexpr std::size_t spare_room = 65536;

}  // namespace

std::string peer_name(const ServerAddress& server, const protocol::SocketAddress& address) {
  // Paths and names of interfaces may hold any byte.
  return text::printable(server.is_local() ? std::string(protocol::local_prefix) + server.path
                                           : protocol::to_string(protocol::peer_from(address)));
}

namespace {

Failure race_lost(const ServerAddress& server, const Addresses& addresses,
                  const ConnectRace::Causes& causes) {
  Failure failed{.status = ExitStatus::unreachable, .text = {}};
  for (std::size_t i = 0; i < causes.size(); ++i) {
    if (i > 0) failed.text += "; ";
    failed.text += fmt::format("{}: {}", peer_name(server, addresses[i]),
                               lower_case_cause(std::strerror(causes[i])));
    if (causes[i] == ETIMEDOUT) failed.status = ExitStatus::timed_out;
  }
  return failed;
}

}  // namespace

Result<Connection> Connection::open(const ServerAddress& server, const ConnectOptions& options) {
  const auto deadline = Clock::now() + options.timeout;
  const auto addresses = resolve(server, options.family, deadline);
  if (!addresses) return tl::make_unexpected(addresses.error());
  return open(server, *addresses, deadline, -1, options.origin);
}

Result<Connection> Connection::open(const ServerAddress& server, const Addresses& addresses,
                                    Clock::time_point deadline, int interrupt, const Origin& origin,
                                    std::optional<ConnectRepeats> repeats) {
  const Addresses order = interleave_families(addresses);
  ConnectRace race(order, deadline, attempt_delay, interrupt, origin, repeats);
  auto winner = race.run();
  if (!winner) return tl::make_unexpected(race_lost(server, order, winner.error()));
  const auto& address = order[winner->address];
  return Connection(std::move(*winner), address, peer_name(server, address));
}

std::uint64_t Connection::acknowledged() const noexcept {
  int unacknowledged = 0;
  if (::ioctl(socket_.get(), SIOCOUTQ, &unacknowledged) != 0) return sent_;
  // A FIN that was sent counts as a byte until it is acknowledged.
  return sent_ - std::min(sent_, static_cast<std::uint64_t>(unacknowledged));
}

std::string Connection::local() const {
  protocol::SocketAddress address;
  if (::getsockname(socket_.get(), address.get(), &address.size) != 0) return {};
  if (address.storage.ss_family == AF_UNIX) return {};
  return text::printable(protocol::to_string(protocol::peer_from(address)));
}

Connection::Received Connection::receive(posix::Deadline deadline) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): recv fills it
  std::array<char, 65536> buffer;
  while (!ended_) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(size));
      return Received::bytes;
    }
    if (size == 0) {
      ended_ = true;
    } else if (errno == EAGAIN) {
      std::array<pollfd, 1> fds{{{.fd = socket_.get(), .events = POLLIN, .revents = 0}}};
      if (posix::poll_until(fds, deadline) == 0) return Received::timed_out;
    } else if (errno != EINTR) {
      error_ = errno;
      ended_ = true;
    }
  }
  return error_ == 0 ? Received::end : Received::reset;
}

Connection::Sent Connection::send(std::string_view text, posix::Deadline deadline) {
  const std::size_t room = received_.size() + text.size() + spare_room;
  while (!text.empty()) {
    const ssize_t size = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
      sent_ += static_cast<std::size_t>(size);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      // The kernel reports a reset once, and this was it. What the server sent before the reset may
      // still be readable.
      if (errno == ECONNRESET) error_ = errno;
      while (receive(Clock::now()) == Received::bytes && received_.size() < room) {
      }
      return Sent::cut_off;
    }
    const bool reading = received_.size() < room;
    std::array<pollfd, 1> fds{{{.fd = socket_.get(),
                                .events = static_cast<short>(reading ? POLLIN | POLLOUT : POLLOUT),
                                .revents = 0}}};
    if (posix::poll_until(fds, deadline) == 0) return Sent::timed_out;
    if ((fds[0].revents & POLLIN) != 0) static_cast<void>(receive(Clock::now()));
    if (ended_) return Sent::cut_off;
  }
  return Sent::whole;
}

std::optional<std::size_t> Connection::send_some(std::string_view text) {
  std::size_t taken = 0;
  while (taken < text.size()) {
    const auto rest = text.substr(taken);
    const ssize_t size = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      taken += static_cast<std::size_t>(size);
      sent_ += static_cast<std::size_t>(size);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      // The kernel reports a reset once, and this was it.
      if (errno == ECONNRESET) error_ = errno;
      return std::nullopt;
    }
  }
  return taken;
}

void Connection::finish_sending() noexcept {
  // A lost connection shows at the next read.
  static_cast<void>(::shutdown(socket_.get(), SHUT_WR));
}

}  // namespace yodel::client
