#include "client/connection/resolve.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>

#include "text/quote.hpp"

namespace yodel::client {
namespace {

// A lookup on its way: the resolver's thread reads and writes it.
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

// Waits for the lookup; false: the deadline has passed.
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

Result<Addresses> look_up(const ServerAddress& server, FamilyChoice family,
                          posix::Deadline deadline) {
  auto lookup = make_lookup(server, family);
  // An address in figures needs no thread; a name is told by this error.
  int error = getaddrinfo(lookup->host.c_str(), lookup->port.c_str(), &lookup->hints,
                          &lookup->request.ar_result);
  if (error == EAI_NONAME) {
    lookup->hints.ai_flags = AI_NUMERICSERV;
    gaicb* list[] = {&lookup->request};
    error = getaddrinfo_a(GAI_NOWAIT, static_cast<gaicb**>(list), 1, nullptr);
    if (error == 0) {
      if (!wait_for(lookup->request, deadline)) {
        // The resolver's thread may write there yet, for as long as this process lives.
        if (gai_cancel(&lookup->request) != EAI_CANCELED) static_cast<void>(lookup.release());
        return unresolved(server, "timed out");
      }
      error = gai_error(&lookup->request);
    }
  }
  if (error == EAI_SYSTEM) return unresolved(server, lower_case_cause(std::strerror(errno)));
  if (error != 0) return unresolved(server, lower_case_cause(gai_strerror(error)));
  return take_addresses(lookup->request.ar_result);
}

}  // namespace

Result<Addresses> resolve(const ServerAddress& server, FamilyChoice family,
                          posix::Deadline deadline) {
  if (!server.is_local()) return look_up(server, family, deadline);
  protocol::Endpoint endpoint;
  endpoint.family = protocol::Family::local;
  endpoint.path = server.path;
  return Addresses{protocol::to_socket_address(endpoint, 0)};
}

}  // namespace yodel::client
