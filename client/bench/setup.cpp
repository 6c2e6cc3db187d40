#include "client/bench/setup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "client/connection/connection.hpp"
#include "client/connection/peer_failure.hpp"
#include "client/connection/resolve.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "text/counted.hpp"
#include "text/quote.hpp"

namespace yodel::client::bench {
namespace {

// Each connection needs a descriptor.
Result<void> check_descriptors(const BenchPlan& plan) {
  posix::raise_descriptor_limit();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  constexpr std::size_t others = 32;
  const std::size_t needed = plan.connections + plan.threads + others;
  if (needed <= limit.rlim_cur) return {};
  return failure(
      ExitStatus::usage,
      fmt::format("{} need {} file descriptors, but the limit is {}: raise it with 'ulimit -n'",
                  text::counted(plan.connections, "connection"), needed, limit.rlim_cur));
}

// Resolves the name. Of several addresses, takes the one that a trial connection reaches.
Result<void> find_address(BenchPlan& plan, const ServerOptions& server) {
  auto addresses =
      resolve(server.address, server.connect.family, posix::Clock::now() + server.connect.timeout);
  if (!addresses) return tl::make_unexpected(addresses.error());
  if (addresses->size() == 1) {
    plan.address = addresses->front();
  } else {
    const auto connection = Connection::open(server.address, server.connect);
    if (!connection) return tl::make_unexpected(connection.error());
    auto& address = plan.address;
    address.size = sizeof address.storage;
    if (::getpeername(connection->descriptor(), address.get(), &address.size) != 0) {
      return tl::make_unexpected(peer_failure(ExitStatus::unreachable, connection->peer(),
                                              lower_case_cause(std::strerror(errno))));
    }
  }
  plan.server = plan.address_text = peer_name(server.address, plan.address);
  // Keep the name that was typed: a report is read by others, who do not know the address.
  if (plan.server.find(server.address.host) == std::string::npos) {
    plan.server = fmt::format("{} ({})", text::printable(server.address.host), plan.server);
  }
  return {};
}

}  // namespace

std::size_t processors() {
  cpu_set_t set;
  const int count = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return static_cast<std::size_t>(std::max(count, 1));
}

Result<void> set_up(BenchPlan& plan, const ServerOptions& server) {
  return check_descriptors(plan).and_then([&] { return find_address(plan, server); });
}

}  // namespace yodel::client::bench
