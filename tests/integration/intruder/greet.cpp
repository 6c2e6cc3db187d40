// Takes the place of the greet and probe dialogues, and does what an attacker would do who has
// taken over a session. Everything else is the real acceptor and session, so it is confined as
// every session is. A peer that sends "try NEIGHBOUR ATTEMPT" gets the result, if the session
// survives the attempt: "done", or the name of the error. Any other line is echoed.

#include "protocol/greet.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/event.hpp"
#include "session/conversation.hpp"

namespace yodel::session {
namespace {

using protocol::channel_descriptor;
using protocol::connection_descriptor;
using protocol::listener_descriptor;

// The processes that an attempt may attack. A real intruder would find out their pids.
struct Target {
  pid_t manager;
  pid_t acceptor;
  pid_t neighbour;  // another session
};

long system_call(long call, auto... arguments) {
  return ::syscall(call, arguments...);
}

template <typename Body>
long send_event(const Body& body) {
  const auto event = protocol::encode(body);
  return ::send(channel_descriptor, &event, sizeof event, MSG_NOSIGNAL);
}

long send_bytes(std::size_t size) {
  static const std::array<char, 4096> bytes{};
  return ::send(channel_descriptor, bytes.data(), size, MSG_NOSIGNAL);
}

// The second connection is the intruder's.
protocol::Report own_report() {
  return {.number = 2, .reason = protocol::CloseReason::message_too_long};
}

long flood() {
  for (;;) {
    if (send_event(own_report()) < 0) return -1;
  }
}

long read_the_parent(pid_t acceptor) {
  std::uint64_t word = 0;
  const iovec here{&word, sizeof word};
  const iovec there{&environ, sizeof word};
  return system_call(SYS_process_vm_readv, acceptor, &here, 1UL, &there, 1UL, 0UL);
}

long fork_with(std::uint64_t guess) {
  const long pid = system_call(SYS_clone, SIGRTMIN, nullptr, nullptr, guess, nullptr);
  if (pid == 0) ::_exit(0);
  return pid;
}

// Uses more stack than the limit allows, one frame at a time.
long grow_the_stack(int frames) {
  std::array<volatile char, 4096> frame{};
  frame[0] = static_cast<char>(frames);
  if (frames > 0 && grow_the_stack(frames - 1) < 0) return -1;
  return frame[0] == static_cast<char>(frames) ? 0 : -1;
}

long run_new_code() {
  void* page =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? -1 : 0;
}

long write_over_code() {
  const auto page = reinterpret_cast<std::uintptr_t>(&write_over_code) & ~std::uintptr_t{4095};
  return system_call(SYS_mprotect, page, 4096UL, PROT_READ | PROT_WRITE | PROT_EXEC);
}

long connect_to_abstract() {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(address.sun_path, "\0yodel", 6);
  return system_call(SYS_connect, connection_descriptor, &address, sizeof address);
}

long pass_a_descriptor() {
  char byte = 0;
  iovec part{&byte, 1};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return ::sendmsg(channel_descriptor, &message, MSG_NOSIGNAL);
}

long set_option(int level, int option) {
  const int on = 1;
  return ::setsockopt(connection_descriptor, level, option, &on, sizeof on);
}

long read_option(int descriptor, int level, int option) {
  std::array<char, 256> value{};
  socklen_t size = value.size();
  return ::getsockopt(descriptor, level, option, value.data(), &size);
}

// Receives with room for a descriptor.
long receive_message(int descriptor, int flags) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  return ::recvmsg(descriptor, &message, flags);
}

long read_address(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return system_call(SYS_getsockname, descriptor, &address, &size);
}

// Reads it by a system call: the vDSO needs none.
long read_clock(int clock) {
  timespec time{};
  return system_call(SYS_clock_gettime, clock, &time);
}

struct Attempt {
  std::string_view name;
  long (*make)(const Target& target);
};

constexpr Attempt attempts[] = {
    {"open", [](auto&) { return system_call(SYS_open, "/etc/passwd", O_RDONLY); }},
    {"openat", [](auto&) { return system_call(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY); }},
    {"exec", [](auto&) { return system_call(SYS_execve, "/bin/sh", nullptr, nullptr); }},
    {"socket", [](auto&) { return system_call(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    {"connect", [](auto&) { return connect_to_abstract(); }},
    {"listen", [](auto&) { return system_call(SYS_listen, connection_descriptor, 1); }},
    {"accept",
     [](auto&) {
       return system_call(SYS_accept4, listener_descriptor, nullptr, nullptr, SOCK_NONBLOCK);
     }},
    {"accept on another",
     [](auto&) { return system_call(SYS_accept4, connection_descriptor, nullptr, nullptr, 0); }},
    {"ptrace",
     [](auto& t) { return system_call(SYS_ptrace, PTRACE_ATTACH, t.neighbour, nullptr, nullptr); }},
    {"kill a neighbour", [](auto& t) { return system_call(SYS_kill, t.neighbour, SIGKILL); }},
    {"kill the acceptor", [](auto& t) { return system_call(SYS_kill, t.acceptor, SIGKILL); }},
    {"kill its process group", [](auto&) { return system_call(SYS_kill, 0, SIGKILL); }},
    {"signal the manager", [](auto& t) { return system_call(SYS_kill, t.manager, SIGTERM); }},
    {"queue a signal",
     [](auto& t) { return system_call(SYS_rt_sigqueueinfo, t.acceptor, SIGRTMIN, nullptr); }},
    {"map executable memory", [](auto&) { return run_new_code(); }},
    {"write over code", [](auto&) { return write_over_code(); }},
    {"read the acceptor's memory", [](auto& t) { return read_the_parent(t.acceptor); }},
    {"read a neighbour's memory", [](auto& t) { return read_the_parent(t.neighbour); }},
    {"fork", [](auto&) { return fork_with(0); }},
    {"fork with a guess", [](auto&) { return fork_with(0x0123'4567'89ab'cdef); }},
    {"make a thread",
     [](auto&) {
       return system_call(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, nullptr, nullptr,
                          nullptr, nullptr);
     }},
    {"clone3", [](auto&) { return system_call(SYS_clone3, nullptr, 0UL); }},
    {"new user namespace", [](auto&) { return system_call(SYS_unshare, CLONE_NEWUSER); }},
    {"make a pipe", [](auto&) { return system_call(SYS_pipe2, nullptr, O_CLOEXEC); }},
    {"attach shared memory", [](auto&) { return system_call(SYS_shmat, 0, nullptr, 0); }},
    {"read the settings",
     [](auto&) {
       char byte = 0;
       return static_cast<long>(::recv(protocol::control_descriptor, &byte, 1, MSG_DONTWAIT));
     }},
    {"allocate", [](auto&) { return system_call(SYS_brk, nullptr); }},
    {"outgrow its stack", [](auto&) { return grow_the_stack(256); }},
    {"raise a limit",
     [](auto&) { return system_call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, nullptr); }},
    {"outlive the acceptor", [](auto&) { return system_call(SYS_prctl, PR_SET_PDEATHSIG, 0); }},
    {"become dumpable", [](auto&) { return system_call(SYS_prctl, PR_SET_DUMPABLE, 1); }},
    {"ignore signals",
     [](auto&) { return system_call(SYS_rt_sigaction, SIGTERM, nullptr, nullptr, 8UL); }},
    {"set another option", [](auto&) { return set_option(SOL_SOCKET, SO_RCVBUF); }},
    {"set an option of another level", [](auto&) { return set_option(SOL_IP, SO_RCVTIMEO); }},
    {"read another option",
     [](auto&) { return read_option(connection_descriptor, IPPROTO_TCP, TCP_SAVED_SYN); }},
    {"read any option",
     [](auto&) { return read_option(connection_descriptor, IPPROTO_TCP, TCP_CONGESTION); }},
    {"read the figures",
     [](auto&) { return read_option(connection_descriptor, IPPROTO_TCP, TCP_INFO); }},
    {"receive a message", [](auto&) { return receive_message(connection_descriptor, 0); }},
    {"receive a message without waiting",
     [](auto&) { return receive_message(connection_descriptor, MSG_DONTWAIT); }},
    {"peek at a message",
     [](auto&) { return receive_message(connection_descriptor, MSG_PEEK | MSG_DONTWAIT); }},
    {"receive a message from the channel",
     [](auto&) { return receive_message(channel_descriptor, MSG_DONTWAIT); }},
    {"read its address", [](auto&) { return read_address(connection_descriptor); }},
    {"read an address of another socket", [](auto&) { return read_address(channel_descriptor); }},
    {"read the clock", [](auto&) { return read_clock(CLOCK_REALTIME); }},
    {"read another clock", [](auto&) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }},
    {"read an option of another socket",
     [](auto&) { return read_option(channel_descriptor, IPPROTO_TCP, TCP_INFO); }},
    {"send a descriptor", [](auto&) { return pass_a_descriptor(); }},
    {"read the channel",
     [](auto&) {
       char byte = 0;
       return static_cast<long>(::recv(channel_descriptor, &byte, 1, MSG_DONTWAIT));
     }},
    {"end the channel",
     [](auto&) { return static_cast<long>(::shutdown(channel_descriptor, SHUT_RDWR)); }},
    {"an event too short", [](auto&) { return send_bytes(8); }},
    {"an event too long", [](auto&) { return send_bytes(sizeof(protocol::EncodedEvent) + 1); }},
    {"an event of no kind",
     [](auto&) {
       const protocol::EncodedEvent event{.kind = 7'000'000};
       return static_cast<long>(::send(channel_descriptor, &event, sizeof event, MSG_NOSIGNAL));
     }},
    {"forge Ready", [](auto&) { return send_event(protocol::Ready{}); }},
    {"forge Draining", [](auto&) { return send_event(protocol::Draining{}); }},
    {"forge SetupFailed", [](auto&) { return send_event(protocol::SetupFailed{}); }},
    {"forge Applied", [](auto&) { return send_event(protocol::Applied{.revision = 7'000'000}); }},
    {"forge Unserved",
     [](auto&) { return send_event(protocol::Unserved{.number = 1, .peer = {}}); }},
    {"forge Ended",
     [](auto& t) {
       return send_event(protocol::Ended{.number = 1, .peer = {}, .pid = t.neighbour});
     }},
    {"forge AcceptErrors",
     [](auto&) {
       return send_event(protocol::AcceptErrors{
           .kind = protocol::AcceptError::fork_failed, .error = 0, .count = 7'000'000, .peer = {}});
     }},
    {"report out of range",
     [](auto&) {
       auto report = own_report();
       report.reason = static_cast<protocol::CloseReason>(200);
       return send_event(report);
     }},
    {"figures out of range",
     [](auto&) {
       auto report = own_report();
       report.tcp.handshake_retransmits = 1;
       return send_event(report);
     }},
    {"report as another",
     [](auto&) {
       auto report = own_report();
       report.number = 1;
       return send_event(report);
     }},
    {"report twice",
     [](auto&) { return send_event(own_report()) < 0 ? -1 : send_event(own_report()); }},
    {"flood", [](auto&) { return flood(); }},
};

// Makes the attempt of `order`, which is "NEIGHBOUR ATTEMPT", and returns the answer.
std::string_view try_it(pid_t manager, std::string_view order) {
  Target target{.manager = manager, .acceptor = ::getppid(), .neighbour = 0};
  const auto space = order.find(' ');
  for (const char digit : order.substr(0, space))
    target.neighbour = target.neighbour * 10 + (digit - '0');
  for (const auto& attempt : attempts) {
    if (attempt.name != order.substr(space + 1)) continue;
    if (attempt.make(target) >= 0) return "done";
    const char* error = ::strerrorname_np(errno);
    return error == nullptr ? "denied" : error;
  }
  return "no such attempt";
}

// Takes orders instead of the conversation.
protocol::CloseReason obey(Stream& stream, const protocol::Launch& terms,
                           std::uint64_t& messages) noexcept {
  constexpr std::string_view order = "try ";
  static std::array<std::byte, 4096> buffer;
  for (;;) {
    const auto read = stream.read(buffer);
    if (read.ended) return *read.ended;
    std::string_view line(reinterpret_cast<const char*>(buffer.data()), read.size);
    line.remove_suffix(1);
    if (line == protocol::exit_message) return protocol::CloseReason::exit;
    const auto answer =
        line.starts_with(order) ? try_it(terms.manager, line.substr(order.size())) : line;
    ++messages;
    if (const auto ended = stream.write(std::as_bytes(std::span(answer)))) return *ended;
  }
}

}  // namespace

protocol::CloseReason greet(Stream& stream, const protocol::Launch& terms,
                            std::size_t /*welcome_sent*/, std::uint64_t& messages) noexcept {
  return obey(stream, terms, messages);
}

protocol::CloseReason probe(Stream& stream, const protocol::Launch& terms,
                            const Connection& /*connection*/, std::uint64_t& messages) noexcept {
  return obey(stream, terms, messages);
}

}  // namespace yodel::session
