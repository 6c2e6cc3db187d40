// Prints the system call filters while yodel-acceptor is built, one for each protocol over TCP and
// over Unix sockets. A filter allows the calls that an acceptor and its sessions need. Any other
// system call kills the process, seccomp(2).
//
// The acceptor and its sessions share a filter, because one that each session installed would add
// 135 µs to a fork of 200 µs. So arguments tell apart what only the acceptor may do: sessions do
// not have the listener and do not know the key, fork_key.hpp.

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <initializer_list>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <system_error>

#include "protocol/event.hpp"
#include "protocol/launch.hpp"
#include "protocol/protocol.hpp"

namespace {

using yodel::protocol::channel_descriptor;
using yodel::protocol::connection_descriptor;
using yodel::protocol::control_descriptor;
using yodel::protocol::listener_descriptor;
using yodel::protocol::Protocol;

// The place of the key, which confinement.cpp fills in. Both halves must differ from all other
// constants.
constexpr std::uint64_t placeholder = 0x6b65'7921'6f66'2121;

// Matches an int argument. The kernel ignores its high half, so the filter does too.
scmp_arg_cmp is_int(unsigned index, int value) {
  constexpr std::uint64_t low_half = 0xffff'ffff;
  return {index, SCMP_CMP_MASKED_EQ, low_half, static_cast<std::uint32_t>(value)};
}
// Matches an argument that is the descriptor of a retired listener.
scmp_arg_cmp is_retired(unsigned index) {
  constexpr std::uint64_t first = yodel::protocol::first_retired_descriptor;
  constexpr std::uint64_t count = yodel::protocol::max_retired;
  static_assert((count & (count - 1)) == 0 && first % count == 0, "one mask");
  constexpr std::uint64_t low_half = 0xffff'ffff;
  return {index, SCMP_CMP_MASKED_EQ, low_half & ~(count - 1), first};
}
// Matches all 64 bits of an argument.
scmp_arg_cmp is_word(unsigned index, std::uint64_t value) {
  return {index, SCMP_CMP_EQ, value, 0};
}

void check(int result) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), "libseccomp");
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {
    if (context_ == nullptr) throw std::system_error(ENOMEM, std::generic_category());
    // System calls of another architecture kill the process too.
    check(seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
  }
  ~Filter() { seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  Filter(Filter&&) = delete;
  Filter& operator=(Filter&&) = delete;

  void allow(int call, std::initializer_list<scmp_arg_cmp> when = {}) {
    check(seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, static_cast<unsigned>(when.size()),
                                 when.begin()));
  }

  // Prints the filter as the elements of an array of sock_filter.
  void print() {
    std::FILE* file = std::tmpfile();
    if (file == nullptr) throw std::system_error(errno, std::generic_category(), "tmpfile");
    check(seccomp_export_bpf(context_, ::fileno(file)));
    std::rewind(file);
    sock_filter step{};
    while (std::fread(&step, sizeof step, 1, file) == 1) {
      std::printf("    {0x%02x, %u, %u, 0x%08x},\n", unsigned{step.code}, unsigned{step.jt},
                  unsigned{step.jf}, step.k);
    }
    (void)std::fclose(file);
  }

 private:
  scmp_filter_ctx context_;
};

void allow_what_all_need(Filter& filter) {
  // --- the acceptor alone ---
  filter.allow(SCMP_SYS(accept4), {is_int(0, listener_descriptor)});
  filter.allow(SCMP_SYS(accept4), {is_retired(0)});
  filter.allow(SCMP_SYS(getsockopt),
               {is_int(0, connection_descriptor), is_int(1, SOL_SOCKET), is_int(2, SO_PEERCRED)});
  filter.allow(SCMP_SYS(setsockopt),
               {is_int(0, connection_descriptor), is_int(1, SOL_SOCKET), is_int(2, SO_LINGER)});
  filter.allow(SCMP_SYS(clone), {is_word(0, static_cast<std::uint64_t>(SIGRTMIN)), is_word(1, 0),
                                 is_word(3, placeholder)});
  filter.allow(SCMP_SYS(recvfrom), {is_int(0, control_descriptor), is_word(4, 0)});
  filter.allow(SCMP_SYS(wait4), {is_int(2, WNOHANG | __WALL)});
  filter.allow(SCMP_SYS(rt_sigtimedwait));
  filter.allow(SCMP_SYS(munmap));  // when it exits
  // --- both, or sessions alone ---
  filter.allow(SCMP_SYS(recvfrom), {is_int(0, connection_descriptor), is_word(4, 0)});
  filter.allow(SCMP_SYS(sendto), {is_int(0, connection_descriptor), is_word(4, 0)});
  filter.allow(SCMP_SYS(sendto), {is_int(0, channel_descriptor), is_word(4, 0),
                                  is_word(2, sizeof(yodel::protocol::EncodedEvent))});
  filter.allow(SCMP_SYS(shutdown), {is_int(0, connection_descriptor)});
  filter.allow(SCMP_SYS(ioctl), {is_int(0, connection_descriptor), is_int(1, SIOCOUTQ)});
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO, SO_OOBINLINE}) {
    filter.allow(SCMP_SYS(setsockopt),
                 {is_int(0, connection_descriptor), is_int(1, SOL_SOCKET), is_int(2, option)});
  }
  filter.allow(SCMP_SYS(setitimer), {is_int(0, ITIMER_REAL)});
  filter.allow(SCMP_SYS(prctl),
               {is_int(0, PR_SET_PDEATHSIG), is_word(1, yodel::protocol::end_signal)});
  filter.allow(SCMP_SYS(prctl), {is_int(0, PR_SET_NAME)});
  filter.allow(SCMP_SYS(clock_gettime), {is_int(0, CLOCK_MONOTONIC)});
  for (const int call : {SCMP_SYS(ppoll), SCMP_SYS(poll), SCMP_SYS(close), SCMP_SYS(getppid),
                         SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
                         SCMP_SYS(restart_syscall), SCMP_SYS(exit_group)})
    filter.allow(call);
}

// The pipe of session/echo.cpp. Its ends have the numbers of the listener and the control socket,
// which a session has closed.
void allow_a_pipe(Filter& filter) {
  constexpr int out = listener_descriptor;
  constexpr int in = control_descriptor;
  filter.allow(SCMP_SYS(pipe2), {is_int(1, O_CLOEXEC)});
  filter.allow(SCMP_SYS(fcntl), {is_int(0, in), is_int(1, F_SETPIPE_SZ)});
  filter.allow(SCMP_SYS(splice), {is_int(0, connection_descriptor), is_word(1, 0), is_int(2, in),
                                  is_word(3, 0), is_word(5, 0)});
  filter.allow(SCMP_SYS(splice), {is_int(0, out), is_word(1, 0), is_int(2, connection_descriptor),
                                  is_word(3, 0), is_word(5, 0)});
}

// The kernel's figures for the record of a session.
void allow_tcp_figures(Filter& filter) {
  filter.allow(SCMP_SYS(getsockopt),
               {is_int(0, connection_descriptor), is_int(1, IPPROTO_TCP), is_int(2, TCP_INFO)});
}

// Allows session/probe.cpp to find out what it reports about a TCP connection. Over a Unix socket
// recvmsg(2) could take descriptors, which no filter can see: its arguments point to what it asks
// for.
void allow_arrival_records(Filter& filter) {
  for (const int flags : {0, int{MSG_DONTWAIT}})
    filter.allow(SCMP_SYS(recvmsg), {is_int(0, connection_descriptor), is_int(2, flags)});
  filter.allow(SCMP_SYS(getsockname), {is_int(0, connection_descriptor)});
  filter.allow(SCMP_SYS(getsockopt), {is_int(0, connection_descriptor), is_int(1, IPPROTO_TCP),
                                      is_int(2, TCP_SAVED_SYN)});
}

void allow_what_it_needs(Filter& filter, Protocol protocol, bool is_tcp) {
  allow_what_all_need(filter);
  if (is_tcp) allow_tcp_figures(filter);
  switch (protocol) {
    case Protocol::greet: break;
    case Protocol::echo: allow_a_pipe(filter); break;
    case Protocol::probe:
      if (is_tcp) allow_arrival_records(filter);
      filter.allow(SCMP_SYS(clock_gettime), {is_int(0, CLOCK_REALTIME)});
      break;
  }
}

}  // namespace

int main() {
  try {
    std::printf(
        "// Made by make_filter.cpp.\n\n"
        "constexpr std::uint32_t placeholder_high = 0x%08x;\n"
        "constexpr std::uint32_t placeholder_low = 0x%08x;\n\n"
        "std::span<const sock_filter> filter_for(protocol::Protocol protocol, bool is_tcp) {\n",
        static_cast<unsigned>(placeholder >> 32), static_cast<unsigned>(placeholder));
    for (const bool is_tcp : {true, false}) {
      for (const Protocol protocol : yodel::protocol::all_protocols) {
        Filter filter;
        allow_what_it_needs(filter, protocol, is_tcp);
        std::printf(
            "  if (protocol == protocol::Protocol::%s && is_tcp == %s) {\n"
            "    static constexpr sock_filter filter[] = {\n",
            name(protocol).data(), is_tcp ? "true" : "false");
        filter.print();
        std::printf("    };\n    return filter;\n  }\n");
      }
    }
    std::printf("  return {};\n}\n");
    return std::fflush(stdout) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "make_filter: %s\n", error.what());
    return 1;
  }
}
