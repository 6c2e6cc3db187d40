#include "acceptor/confinement.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <span>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <system_error>
#include <unistd.h>

#include "posix/descriptor.hpp"
#include "posix/unforked_memory.hpp"
#include "protocol/launch.hpp"

namespace yodel::acceptor {
namespace {

#include "session_filter.inc"

#if defined(YODEL_SANITIZED)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// Returns whether this is /dev/null, which has the device number 1:3, null(4).
bool is_dev_null(int fd) {
  struct stat file {};
  return ::fstat(fd, &file) == 0 && S_ISCHR(file.st_mode) && file.st_rdev == makedev(1, 3);
}

bool is_socket(int fd, int option, int value) {
  int found = 0;
  socklen_t size = sizeof found;
  return ::getsockopt(fd, SOL_SOCKET, option, &found, &size) == 0 && found == value;
}

void limit(int resource, rlim_t max) {
  const rlimit limits{.rlim_cur = max, .rlim_max = max};
  require(::setrlimit(static_cast<__rlimit_resource>(resource), &limits) == 0, "setrlimit");
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Capabilities own_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Capabilities sets{};
  require(::syscall(SYS_capget, &header, sets.data()) == 0, "capget");
  return sets;
}

bool has_capability(unsigned capability) {
  return (own_capabilities()[capability / 32].effective >> (capability % 32) & 1) != 0;
}

// Changes the user to nobody. The manager stays root and needs CAP_KILL to signal processes of
// another user; it has that capability if this process has it.
void become_nobody() {
  constexpr uid_t nobody = 65534;
  // These limits count per user. Root is exempt from the first one, but nobody is not. Lift them,
  // since limits.sessions bounds our processes. Where they cannot be raised, keep them.
  const rlimit unlimited{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  (void)::setrlimit(RLIMIT_NPROC, &unlimited);
  (void)::setrlimit(RLIMIT_SIGPENDING, &unlimited);
  const bool done = ::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
                    ::setresuid(nobody, nobody, nobody) == 0;
  // In a container the uid may have no mapping, EINVAL, or root may lack the capability, EPERM.
  require(done || errno == EINVAL || errno == EPERM, "setresuid");
}

void give_up_capabilities() {
  const auto own = own_capabilities();
  const bool has_none = std::all_of(own.begin(), own.end(), [](const auto& set) {
    return (set.effective | set.permitted | set.inheritable) == 0;
  });
  // The service's filter forbids capset(2), and the service has no capabilities.
  if (has_none) return;
  require(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0, "PR_CAP_AMBIENT");
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const Capabilities none{};
  require(::syscall(SYS_capset, &header, none.data()) == 0, "capset");
}

// struct landlock_ruleset_attr as of ABI 6. The build's linux/landlock.h may be older.
struct LandlockRuleset {
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
};
LandlockRuleset all_rights(long abi) {
  // The number of file rights in each version of the ABI, landlock(7). Later versions have as many
  // as the last one here.
  constexpr std::array<unsigned, 5> file_rights{13, 14, 15, 15, 16};
  const auto version = static_cast<std::size_t>(abi);
  const unsigned files = file_rights[std::min(version, file_rights.size()) - 1];
  constexpr std::uint64_t two = 0b11;
  return {.files = (std::uint64_t{1} << files) - 1,
          .network = abi >= 4 ? two : 0,  // bind, connect
          .scopes = abi >= 6 ? two : 0};  // abstract Unix sockets, signals
}

}  // namespace

void check_descriptors() {
  using protocol::channel_descriptor;
  using protocol::control_descriptor;
  using protocol::listener_descriptor;
  const bool valid = is_dev_null(STDIN_FILENO) && is_dev_null(STDOUT_FILENO) &&
                     (sanitized || is_dev_null(STDERR_FILENO)) &&
                     is_socket(channel_descriptor, SO_TYPE, SOCK_SEQPACKET) &&
                     is_socket(listener_descriptor, SO_TYPE, SOCK_STREAM) &&
                     is_socket(control_descriptor, SO_TYPE, SOCK_SEQPACKET);
  if (!valid) throw std::system_error(EBADF, std::generic_category(), "descriptors");
  constexpr unsigned first = protocol::first_retired_descriptor;
  require(::close_range(control_descriptor + 1, first - 1, 0) == 0, "close_range");
  require(::close_range(first + protocol::max_retired, ~0U, 0) == 0, "close_range");
}

void check_retired(std::size_t count) {
  const int end = protocol::first_retired_descriptor + static_cast<int>(count);
  for (int fd = protocol::first_retired_descriptor; fd < end; ++fd) {
    if (!is_socket(fd, SO_ACCEPTCONN, 1)) {
      throw std::system_error(EBADF, std::generic_category(), "descriptors");
    }
  }
  require(::close_range(static_cast<unsigned>(end), ~0U, 0) == 0, "close_range");
}

void give_up_privileges() {
  if (!sanitized) {
    if (::geteuid() == 0 && has_capability(CAP_KILL)) become_nobody();
    give_up_capabilities();
  }
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  if (sanitized) return;
  require(::prctl(PR_SET_DUMPABLE, 0) == 0, "PR_SET_DUMPABLE");
}

void limit_resources(std::size_t retired) {
  if (sanitized) return;
  constexpr rlim_t stack = 256 << 10;
  limit(RLIMIT_NOFILE, protocol::connection_descriptor + 1 + retired);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_STACK, stack);
}

void deny_files_and_network() {
  if (sanitized) return;
  constexpr long create_ruleset = 444;  // landlock(7); glibc has no functions for it
  constexpr long restrict_self = 446;
  constexpr int get_version = 1;
  const long abi = ::syscall(create_ruleset, nullptr, std::size_t{0}, get_version);
  if (abi < 1) return;  // the kernel has no Landlock, or a container forbids the call
  const auto rights = all_rights(abi);
  const posix::Descriptor ruleset(
      static_cast<int>(::syscall(create_ruleset, &rights, sizeof rights, 0)));
  require(ruleset.get() >= 0, "landlock_create_ruleset");
  // Without rules, a ruleset denies everything that it handles.
  require(::syscall(restrict_self, ruleset.get(), 0) == 0, "landlock_restrict_self");
}

void install_filter(protocol::Protocol protocol, const ForkKey& key) {
  if (sanitized) return;
  const bool is_tcp = !is_socket(protocol::listener_descriptor, SO_DOMAIN, AF_UNIX);
  const auto filter = filter_for(protocol, is_tcp);
  // Sessions must not see the copy that contains the key.
  const posix::UnforkedMemory memory(filter.size_bytes());
  const auto steps = memory.as<sock_filter>(filter.size());
  std::copy(filter.begin(), filter.end(), steps.begin());
  for (sock_filter& step : steps) {
    if (step.k == placeholder_high) {
      step.k = static_cast<std::uint32_t>(key.value() >> 32);
    } else if (step.k == placeholder_low) {
      step.k = static_cast<std::uint32_t>(key.value());
    }
  }
  const sock_fprog program{.len = static_cast<unsigned short>(steps.size()),
                           .filter = steps.data()};
  require(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "seccomp");
}

}  // namespace yodel::acceptor
