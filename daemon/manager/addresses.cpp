#include "manager/addresses.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "manager/binding.hpp"
#include "manager/socket_file.hpp"
#include "text/quote.hpp"

namespace yodel::manager {
namespace {

using protocol::Endpoint;
using protocol::Family;

constexpr const char* service_user = "yodel";  // User= of yodeld.service
// RuntimeDirectory= of yodeld.service: systemd creates it at each start, owned by User=.
constexpr std::string_view service_folder = "/run/yodel";

// Sets the effective user and groups of this process to those of another user, until it is
// destroyed. Only for a single-threaded process.
class EffectiveUser {
 public:
  explicit EffectiveUser(const Host::User& user)
      : groups_(own_groups()), is_in_effect_(become(user)) {}
  ~EffectiveUser() {
    (void)::seteuid(::getuid());
    (void)::setegid(::getgid());
    (void)::setgroups(groups_.size(), groups_.data());
  }
  EffectiveUser(const EffectiveUser&) = delete;
  EffectiveUser& operator=(const EffectiveUser&) = delete;
  EffectiveUser(EffectiveUser&&) = delete;
  EffectiveUser& operator=(EffectiveUser&&) = delete;

  // Returns false if this process may not change its user, such as root without capabilities.
  [[nodiscard]] bool is_in_effect() const noexcept { return is_in_effect_; }

 private:
  static std::vector<gid_t> own_groups() {
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    (void)::getgroups(static_cast<int>(groups.size()), groups.data());
    return groups;
  }
  static bool become(const Host::User& user) {
    return ::initgroups(user.name.c_str(), user.gid) == 0 && ::setegid(user.gid) == 0 &&
           ::seteuid(user.uid) == 0;
  }

  std::vector<gid_t> groups_;
  bool is_in_effect_;
};

bool may_write(const std::string& folder) {
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

std::string why_no_file(const std::string& path, const Host& host) {
  const auto folder = folder_of(path);
  if (folder == service_folder) {
    // If it does not exist yet, systemd creates it with the service.
    if (::access(folder.c_str(), F_OK) < 0) return {};
  }
  if (auto obstacle = find_obstacle(path); !obstacle.empty()) return obstacle;
  if (!host.user) {
    if (may_write(folder)) return {};
    return fmt::format("this user cannot write to the directory {}; choose another path",
                       text::quote(folder));
  }
  const EffectiveUser effective_user(*host.user);
  if (!effective_user.is_in_effect() || may_write(folder)) return {};
  return fmt::format(
      "the service runs as {} and cannot write to the directory {}; choose a path in {}, or let "
      "systemd create the socket: yodeld-seal on",
      host.user->name, text::quote(folder), service_folder);
}

std::string why_not(const Endpoint& endpoint, const Host& host) {
  if (endpoint.family == Family::local) return why_no_file(endpoint.path, host);
  if (auto why = why_no_address(endpoint); !why.empty()) return why;
  if (endpoint.port == 0 || endpoint.port >= host.first_unprivileged_port) return {};
  return low_port_text(host.first_unprivileged_port);
}

}  // namespace

Host this_host() {
  Host host{.first_unprivileged_port = first_unprivileged_port()};
  const passwd* const user = ::geteuid() == 0 ? ::getpwnam(service_user) : nullptr;
  if (user != nullptr)
    host.user = {.name = user->pw_name, .uid = user->pw_uid, .gid = user->pw_gid};
  return host;
}

config::Diagnostics check_addresses(const config::Loaded& loaded, const Host& host) {
  config::Diagnostics warnings;
  const auto& listeners = loaded.settings.listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const auto& endpoint = listeners[i].endpoint;
    const auto why = why_not(endpoint, host);
    if (why.empty()) continue;
    warnings.push_back({.where = loaded.listeners[i],
                        .severity = config::Severity::warning,
                        .text = fmt::format("{}: {}", to_string(endpoint), why)});
  }
  return warnings;
}

}  // namespace yodel::manager
