#include "client/connection/resolve.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <optional>

#include "client/connection/unicode_name.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// A lookup in progress, which the resolver's thread reads and writes.
struct Lookup {
  std::string host;
  std::string port;
  addrinfo hints{};
  gaicb request{};
};

std::unique_ptr<Lookup> make_lookup(const ServerAddress& server, FamilyChoice family) {
  auto lookup = std::make_unique<Lookup>();
  lookup->host = server.host;
  lookup->port = std::to_string(server.port);
  switch (family) {
    case FamilyChoice::any: lookup->hints.ai_family = AF_UNSPEC; break;
    case FamilyChoice::ipv4: lookup->hints.ai_family = AF_INET; break;
    case FamilyChoice::ipv6: lookup->hints.ai_family = AF_INET6; break;
  }
  lookup->hints.ai_socktype = SOCK_STREAM;
  lookup->hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST;
  lookup->request.ar_name = lookup->host.c_str();
  lookup->request.ar_service = lookup->port.c_str();
  lookup->request.ar_request = &lookup->hints;
  return lookup;
}

// Waits for the lookup. Returns false if the deadline passes first.
bool wait_for(gaicb& request, posix::Deadline deadline) {
  const gaicb* const list[] = {&request};
  while (gai_error(&request) == EAI_INPROGRESS) {
    timespec left{};
    if (deadline) {
      const auto wait = *deadline - posix::Clock::now();
      if (wait <= posix::Clock::duration::zero()) return false;
      const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
      left.tv_sec = seconds.count();
      left.tv_nsec = std::chrono::nanoseconds(wait - seconds).count();
    }
    static_cast<void>(gai_suspend(list, 1, deadline ? &left : nullptr));
  }
  return true;
}

Addresses take_addresses(addrinfo* list) {
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    protocol::SocketAddress address;
    address.size = std::min<socklen_t>(each->ai_addrlen, sizeof address.storage);
    std::memcpy(&address.storage, each->ai_addr, address.size);
    addresses.push_back(address);
  }
  return addresses;
}

tl::unexpected<Failure> unresolved(const ServerAddress& server, const std::string& reason) {
  return failure(ExitStatus::unresolved,
                 fmt::format("cannot resolve {}: {}", text::excerpt(server.host), reason));
}

// Returns why a lookup failed, as it reads after a colon.
std::string cause_of(int error) {
  if (error == EAI_SYSTEM) return lower_case_cause(std::strerror(errno));
  if (error == EAI_IDN_ENCODE) {
    return "it is not a valid internationalized name (IDNA), or libidn2 is not installed";
  }
  return lower_case_cause(gai_strerror(error));
}

// Returns what is wrong with the zone of `host`, or std::nullopt if that is not a numeric address
// with a zone.
std::optional<std::string> wrong_zone(const std::string& host) {
  const auto percent = host.find('%');
  const auto endpoint = protocol::parse_endpoint(host.substr(0, percent));
  if (percent == std::string::npos || !endpoint) return std::nullopt;
  if (!protocol::is_link_local(*endpoint)) return "only a link-local address takes an interface";
  return "there is no interface " + text::excerpt(host.substr(percent + 1));
}

// Returns whether an address is link-local and lacks its zone. connect(2) refuses such an address
// as an invalid argument.
bool lacks_zone(const protocol::SocketAddress& address) {
  const auto endpoint = protocol::endpoint_from(address);
  return endpoint && protocol::is_link_local(*endpoint) && endpoint->zone.empty();
}

// Drops the addresses that lack their zone. Fails if none are left.
Result<Addresses> with_zones(const ServerAddress& server, Addresses addresses) {
  const auto first = protocol::peer_from(addresses.front());
  std::erase_if(addresses, lacks_zone);
  if (!addresses.empty()) return addresses;
  const auto address = protocol::address_text(first);
  return failure(ExitStatus::usage,
                 fmt::format("{}: a link-local address needs its interface, such as {}%eth0",
                             text::printable(server.host), address));
}

// Returns the failure of a server that has no address of the chosen family.
tl::unexpected<Failure> wrong_family(const ServerAddress& server, FamilyChoice family,
                                     bool is_numeric) {
  const bool ipv4 = family == FamilyChoice::ipv4;
  const std::string chosen =
      ipv4 ? "--ipv4 was given (or an IPv4 --source)" : "--ipv6 was given (or an IPv6 --source)";
  if (!is_numeric) {
    return unresolved(server,
                      fmt::format("it has no {} address, and {}", ipv4 ? "IPv4" : "IPv6", chosen));
  }
  return failure(ExitStatus::unresolved,
                 fmt::format("{} is an {} address, and {}", text::printable(server.host),
                             ipv4 ? "IPv6" : "IPv4", chosen));
}

Result<Addresses> look_up(const ServerAddress& server, FamilyChoice family,
                          posix::Deadline deadline) {
  auto lookup = make_lookup(server, family);
  // A numeric address needs no thread. A name fails with EAI_NONAME here.
  int error = getaddrinfo(lookup->host.c_str(), lookup->port.c_str(), &lookup->hints,
                          &lookup->request.ar_result);
  if (error == EAI_NONAME) {
    if (const auto wrong = wrong_zone(lookup->host)) return unresolved(server, *wrong);
    lookup->hints.ai_flags = AI_NUMERICSERV;
    if (is_unicode_name(lookup->host)) {
      set_character_set_for(lookup->host);
      lookup->hints.ai_flags |= AI_IDN;
    }
    gaicb* list[] = {&lookup->request};
    error = getaddrinfo_a(GAI_NOWAIT, static_cast<gaicb**>(list), 1, nullptr);
    if (error == 0) {
      if (!wait_for(lookup->request, deadline)) {
        // If it cannot be cancelled, the resolver's thread may still write to it at any time.
        if (gai_cancel(&lookup->request) != EAI_CANCELED) static_cast<void>(lookup.release());
        return unresolved(server, "timed out");
      }
      error = gai_error(&lookup->request);
    }
  }
  if (error == EAI_ADDRFAMILY) {
    return wrong_family(server, family, (lookup->hints.ai_flags & AI_NUMERICHOST) != 0);
  }
  if (error != 0) return unresolved(server, cause_of(error));
  return with_zones(server, take_addresses(lookup->request.ar_result));
}

}  // namespace

Result<Addresses> resolve(const ServerAddress& server, FamilyChoice family,
                          posix::Deadline deadline) {
  if (!server.is_local()) return look_up(server, family, deadline);
  protocol::Endpoint endpoint;
  endpoint.family = protocol::Family::local;
  endpoint.path = server.path;
  // An abstract socket's name begins with a NUL, unix(7).
  if (endpoint.path.front() == '@') endpoint.path.front() = '\0';
  return Addresses{protocol::to_socket_address(endpoint, 0)};
}

}  // namespace yodel::client
