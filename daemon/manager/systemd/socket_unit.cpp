#include "manager/systemd/socket_unit.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include "manager/systemd/exit_status.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {
namespace {

// Returns `text` with '%' doubled, since it begins a specifier, systemd.unit(5).
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text)
    result.append(c == '%' ? 2 : 1, c);
  return result;
}

// Returns `path` as ListenStream= takes it. It cannot be quoted there: trailing blanks are removed,
// and a trailing backslash joins the next line, systemd.syntax(7).
std::string path_stream(const std::string& path) {
  if (path.ends_with(' ') || path.ends_with('\\')) {
    throw StartError(ExitStatus::config,
                     fmt::format("unix:{}: in a socket unit a path cannot end in a blank or a "
                                 "backslash",
                                 path));
  }
  return escaped(path);
}

// Returns the address as ListenStream= takes it.
std::string stream(const protocol::Endpoint& endpoint) {
  if (endpoint.family == protocol::Family::local) return path_stream(endpoint.path);
  if (endpoint.port == 0) {
    throw StartError(ExitStatus::config, fmt::format("{}: a socket unit needs a port other than 0",
                                                     to_string(endpoint)));
  }
  if (endpoint.zone.empty()) return to_string(endpoint);
  // "[x]:y%dev"
  auto without_zone = endpoint;
  without_zone.zone.clear();
  return to_string(without_zone) + escaped("%" + endpoint.zone);
}

}  // namespace

std::string socket_unit(const config::Settings& settings) {
  // The empty assignment resets the list of the unit itself. Backlog= applies to all sockets, so it
  // is the largest; yodeld sets each listener's own when it takes over the sockets.
  std::string text = "[Socket]\nListenStream=\n";
  int backlog = 0;
  for (const auto& listen : settings.listeners) {
    text += fmt::format("ListenStream={}\n", stream(listen.endpoint));
    backlog = std::max(backlog, listen.backlog);
  }
  return text + fmt::format("Backlog={}\n", backlog);
}

}  // namespace yodel::manager
