#include "manager/acceptor_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <spawn.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "manager/exit_status.hpp"
#include "posix/sibling_program.hpp"

namespace yodel::manager {
namespace {

// Room for the events of many sessions that end while the manager is busy, in bytes.
constexpr int channel_buffer = 8 << 20;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// The two ends of a channel: the manager's, then the acceptor's.
std::pair<posix::Descriptor, posix::Descriptor> make_channel() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    throw_errno("socketpair");
  }
  std::pair channel{posix::Descriptor(ends[0]), posix::Descriptor(ends[1])};
  const int on = 1;
  if (::setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
    throw_errno("setsockopt(SO_PASSCRED)");
  }
  // Beyond net.core.wmem_max only where we may; what the kernel grants will have to do.
  if (::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &channel_buffer, sizeof channel_buffer) <
      0) {
    (void)::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &channel_buffer, sizeof channel_buffer);
  }
  return channel;
}

// A copy of `fd` with a number above those that the acceptor is born with, so that putting one of
// them in its place does not close the other.
posix::Descriptor high_copy(int fd) {
  posix::Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, protocol::listener_descriptor + 1));
  if (!copy) throw_errno("fcntl(F_DUPFD_CLOEXEC)");
  return copy;
}

// posix_spawn(3)'s lists, with an owner.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t waiting{};  // until it is there to take them
    sigemptyset(&waiting);
    for (const int signal : {SIGTERM, protocol::question_signal, protocol::drain_signal})
      sigaddset(&waiting, signal);
    sigset_t all{};
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &waiting);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  SpawnPlan(SpawnPlan&&) = delete;
  SpawnPlan& operator=(SpawnPlan&&) = delete;

  void open_null(int fd) {
    posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_RDWR, 0);
  }
  void put(int fd, int as) { posix_spawn_file_actions_adddup2(&actions_, fd, as); }

  // Gives the pid, or throws std::system_error.
  [[nodiscard]] pid_t spawn(const std::string& path, std::array<char*, 4> argv) const {
    // The kernel writes to the area of a restartable sequence, rseq(2), which glibc gives each
    // process and nobody here uses, whenever the process is moved: a page more that every fork
    // copies, twice.
    std::string no_rseq = "GLIBC_TUNABLES=glibc.pthread.rseq=0";
    std::array<char*, 2> environment{no_rseq.data(), nullptr};
    pid_t pid = 0;
    const int error =
        ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, argv.data(), environment.data());
    if (error != 0) {
      throw std::system_error(error, std::generic_category(), "cannot start yodel-acceptor");
    }
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Memory that runs out is to cost an acceptor or its sessions, which come again, and not the
// manager, although that is the largest of them. Where the unit could protect the manager,
// OOMScoreAdjust=, systemd.exec(5), they are just not protected; where nobody may do that, as in
// many containers, they are put before it. What fails here is no reason not to serve.
void expose_to_oom_killer(pid_t pid) {
  constexpr int before_the_manager = 100;  // of 1000, proc(5)
  constexpr int most = 1000;
  int ours = 0;
  std::ifstream("/proc/self/oom_score_adj") >> ours;
  std::ofstream(fmt::format("/proc/{}/oom_score_adj", pid))
      << std::clamp(ours + before_the_manager, 0, most);
}

void send_launch(int channel, const protocol::Launch& launch) {
  const auto record = protocol::encode(launch);
  // The socket is empty and the record fits: this does not wait.
  if (::send(channel, record.data(), record.size(), MSG_NOSIGNAL) < 0) throw_errno("send");
}

// The sender's pid out of what came with a message; 0 where the kernel said none.
pid_t sender_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
    ucred credentials{};
    std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
    return credentials.pid;
  }
  return 0;
}

}  // namespace

AcceptorProgram AcceptorProgram::find() {
  const auto candidates = posix::sibling_program_paths("yodel-acceptor");
  for (const auto& candidate : candidates) {
    posix::Descriptor program(::open(candidate.c_str(), O_PATH | O_CLOEXEC));
    if (program) return AcceptorProgram(std::move(program));
  }
  throw StartError(
      ExitStatus::os_error,
      fmt::format("cannot find yodel-acceptor: neither {} nor {}", candidates[0], candidates[1]));
}

std::string AcceptorProgram::path() const {
  return fmt::format("/proc/self/fd/{}", program_.get());
}

AcceptorProcess AcceptorProcess::start(const AcceptorProgram& program, int listener,
                                       const protocol::Launch& launch,
                                       const std::string& listener_text) {
  auto [mine, its] = make_channel();
  const auto channel_copy = high_copy(its.get());
  const auto listener_copy = high_copy(listener);
  SpawnPlan plan;
  plan.open_null(STDIN_FILENO);
  plan.open_null(STDOUT_FILENO);
#if !defined(YODEL_SANITIZED)  // whose reports go to standard error
  // What a session writes there must not look like the manager's log.
  plan.open_null(STDERR_FILENO);
#endif
  plan.put(channel_copy.get(), protocol::channel_descriptor);
  plan.put(listener_copy.get(), protocol::listener_descriptor);

  std::string name = "yodel-acceptor";
  std::string where = listener_text;
  std::string room(protocol::title_room - std::min(protocol::title_room, where.size()), ' ');
  const pid_t pid = plan.spawn(program.path(), {name.data(), where.data(), room.data(), nullptr});
  posix::Child child(pid, posix::Child::Reach::group);
  expose_to_oom_killer(pid);
  send_launch(mine.get(), launch);
  return {std::move(child), std::move(mine)};
}

AcceptorProcess::Received AcceptorProcess::receive() {
  // One byte more than a record: what is longer must not pass for one.
  std::array<std::byte, sizeof(protocol::EncodedEvent) + 1> bytes{};
  // Room for the credentials alone: descriptors that somebody sends along are closed by the kernel.
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(ucred))> control{};
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(channel_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {.kind = Received::Kind::nothing};
  // It is gone and has left its launch record unread. The kernel says so once, before all that it
  // has sent.
  if (size < 0 && errno == ECONNRESET) return receive();
  const pid_t sender = sender_of(message);
  // A record of no bytes has a sender, the end of the channel has none.
  if (size < 0 || (size == 0 && sender == 0)) return {.kind = Received::Kind::closed};
  return {.kind = Received::Kind::event,
          .sender = sender,
          .event = protocol::decode_event(std::span(bytes).first(static_cast<std::size_t>(size)))};
}

void AcceptorProcess::ask() const noexcept {
  child_.signal_alone(protocol::question_signal);
}

void AcceptorProcess::drain() const noexcept {
  child_.signal_alone(protocol::drain_signal);
}

}  // namespace yodel::manager
