#include "manager/socket_unit.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "manager/exit_status.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {
namespace {

// The address as ListenStream= takes it.
std::string stream(const protocol::Endpoint& endpoint) {
  if (endpoint.family == protocol::Family::local) return endpoint.path;
  if (endpoint.port == 0) {
    throw StartError(
        ExitStatus::config,
        fmt::format("{}: a socket unit needs a port of its own, not 0", to_string(endpoint)));
  }
  return to_string(endpoint);
}

}  // namespace

std::string socket_unit(const config::Settings& settings) {
  // An empty assignment takes back what the unit itself says. yodeld sets each listener's own
  // backlog; until then the largest one holds.
  std::string text = "[Socket]\nListenStream=\n";
  int backlog = 0;
  for (const auto& listen : settings.listeners) {
    text += fmt::format("ListenStream={}\n", stream(listen.endpoint));
    backlog = std::max(backlog, listen.backlog);
  }
  return text + fmt::format("Backlog={}\n", backlog);
}

}  // namespace yodel::manager
