#include "manager/ad_hoc.hpp"

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <iterator>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "posix/poll.hpp"

namespace yodel::manager {
namespace {

using protocol::Endpoint;
using protocol::Family;

bool is_ignored(int signal) noexcept {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// Returns the address of `interface` if other hosts can reach it.
std::optional<Endpoint> reachable_address(const ifaddrs& interface) {
  constexpr unsigned up = IFF_UP | IFF_RUNNING;
  const auto* const address = interface.ifa_addr;
  if (address == nullptr || (interface.ifa_flags & (up | IFF_LOOPBACK)) != up) return std::nullopt;
  protocol::SocketAddress own;
  if (address->sa_family == AF_INET) {
    own.size = sizeof(sockaddr_in);
  } else if (address->sa_family == AF_INET6) {
    own.size = sizeof(sockaddr_in6);
  } else {
    return std::nullopt;
  }
  std::memcpy(&own.storage, address, own.size);
  auto endpoint = protocol::endpoint_from(own);
  if (!endpoint || protocol::is_link_local(*endpoint)) return std::nullopt;
  return *std::move(endpoint);
}

Endpoint loopback(Family family) {
  Endpoint endpoint;
  endpoint.family = family;
  if (family == Family::ipv4) {
    endpoint.address = {127, 0, 0, 1};
  } else {
    endpoint.address.back() = 1;
  }
  return endpoint;
}

// Returns `text`, quoted if a shell would interpret any of it, such as the brackets of "[::1]".
std::string shell_word(const std::string& text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:/_-";
  if (text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\'";
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace

Event hangup_event(const config::Source& source) noexcept {
  if (source.listeners.empty() || is_ignored(SIGHUP)) return event::ReloadAsked{};
  return event::StopAsked{};
}

std::vector<Endpoint> reachable_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) < 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, ::freeifaddrs);
  std::vector<Endpoint> found;
  for (const auto* each = all.get(); each != nullptr; each = each->ifa_next) {
    if (auto address = reachable_address(*each)) found.push_back(*std::move(address));
  }
  return found;
}

std::vector<std::string> commands_for(const Endpoint& bound, protocol::Protocol protocol,
                                      const std::vector<Endpoint>& own) {
  std::vector<Endpoint> places{bound};
  if (is_wildcard(bound)) {
    places.clear();
    std::copy_if(own.begin(), own.end(), std::back_inserter(places),
                 [&](const Endpoint& each) { return each.family == bound.family; });
    if (places.empty()) places.push_back(loopback(bound.family));
  }
  const std::string protocol_option =
      protocol == protocol::Protocol::greet ? "" : fmt::format("--protocol {} ", name(protocol));
  std::vector<std::string> commands;
  for (auto& place : places) {
    place.port = bound.port;
    commands.push_back(
        fmt::format("yodel ping {}{}", protocol_option, shell_word(to_string(place))));
  }
  return commands;
}

void print_invitation(const Generation& generation) {
  const auto own = reachable_addresses();
  std::string text = "At the other end, type:\n";
  for (const auto& entry : generation.slots) {
    for (const auto& command : commands_for(entry.listener->bound(), entry.settings.protocol, own))
      text += "  " + command + "\n";
  }
  // A pipe that is ready for writing takes PIPE_BUF bytes at once, pipe(7).
  text.resize(std::min<std::size_t>(text.size(), PIPE_BUF));
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  if (posix::poll_until({&out, 1}, posix::Clock::now()) == 1) {
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
  }
}

}  // namespace yodel::manager
