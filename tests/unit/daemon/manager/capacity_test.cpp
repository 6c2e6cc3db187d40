// Checks of the settings against the limits of the machine.

#include "manager/capacity.hpp"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "config/load.hpp"

namespace yodel::manager {
namespace {

config::Loaded loaded(std::string_view text) {
  return *config::parse(text);
}

TEST(Capacity, IsSilentWhereAllFits) {
  const Machine large{.somaxconn = 4096,
                      .user_processes = 100'000,
                      .pid_max = 4'194'304,
                      .threads_max = 100'000,
                      .cgroup_tasks = 100'000,
                      .memory = std::uint64_t{24} << 30};
  EXPECT_TRUE(check_capacity(loaded(""), large).empty());
  EXPECT_TRUE(check_capacity(loaded("[[listen]]\n[limits]\nsessions = 100000"), Machine{}).empty())
      << "limits that are not known are not checked";
}

TEST(Capacity, NamesEachLimitAndThePlaceInTheFile) {
  const auto file = loaded("[[listen]]\nbacklog = 5000\n[limits]\nsessions = 2000\n");
  const Machine small{.somaxconn = 4096,
                      .user_processes = 1000,
                      .pid_max = 2002,
                      .threads_max = 1001,
                      .cgroup_tasks = 500,
                      .memory = std::uint64_t{100} << 20};
  const auto warnings = check_capacity(file, small);
  const auto said = [&](std::string_view word, std::uint32_t line) {
    return std::any_of(warnings.begin(), warnings.end(), [&](const config::Diagnostic& w) {
      return w.severity == config::Severity::warning && w.where.line == line &&
             w.text.find(word) != std::string::npos;
    });
  };
  EXPECT_EQ(warnings.size(), 6u);
  EXPECT_TRUE(said("backlog = 5000 at 127.0.0.1:9999: the kernel allows 4096", 2));
  EXPECT_TRUE(said("needs 2003 processes, but RLIMIT_NPROC allows 1000", 4));
  EXPECT_TRUE(said("kernel.pid_max allows 2002", 4));
  EXPECT_TRUE(said("kernel.threads-max allows 1001", 4));
  EXPECT_TRUE(said("pids.max of the cgroup allows 500", 4));
  EXPECT_TRUE(said("195 MiB of memory", 4));
}

// Returns the warnings, one in each line.
std::string warnings_of(std::string_view text, const Machine& machine) {
  std::string lines;
  for (const auto& warning : check_capacity(loaded(text), machine))
    lines += format("f", warning) + "\n";
  return lines;
}

TEST(Capacity, CountsWhatPeersThatDoNotReadCanHold) {
  const Machine stock{.rmem_max = 212992,
                      .wmem_max = 212992,
                      .wmem_default = 212992,
                      .tcp_receive_max = 6 << 20,
                      .tcp_send_max = 4 << 20};
  const auto buffers = [&](std::string_view text) {
    return max_buffers_per_session(loaded(text).settings.listeners[0], stock);
  };
  EXPECT_EQ(buffers(""), 4U * 65536) << "the kernel doubles what is asked for, in each direction";
  EXPECT_EQ(buffers("greet.message_size = 65536"), 4U * 131072);
  EXPECT_EQ(buffers("[[listen]]\nsocket_buffer = 0"), 10U << 20);
  EXPECT_EQ(buffers("[[listen]]\nprotocol = 'echo'"), 10U << 20);
  EXPECT_EQ(buffers("[[listen]]\nprotocol = 'echo'\nsocket_buffer = 5000"), 4U * 5000);
  EXPECT_EQ(buffers("[[listen]]\nsocket_buffer = 1048576"), 4U * 212992) << "it gets no more";
  EXPECT_EQ(buffers("[[listen]]\naddress = 'unix:/x'"), 3U * 212992);
}

TEST(Capacity, WarnsIfTheMachineHasNoRoomForTheBuffers) {
  Machine machine{.memory = std::uint64_t{24} << 30,
                  .tcp_receive_max = 6 << 20,
                  .tcp_send_max = 4 << 20,
                  .tcp_memory = std::uint64_t{2250} << 20};
  EXPECT_EQ(warnings_of("", machine), "");
  const auto* const echo =
      "[[listen]]\naddress = '::'\nprotocol = 'echo'\n[limits]\nsessions = 1000";
  EXPECT_EQ(
      warnings_of(echo, machine),
      "f:5:12: warning: sessions = 1000 for 1 listener takes up to 10000 MiB of socket buffers "
      "if peers send but do not read, up to 10240 KiB each; net.ipv4.tcp_mem limits TCP on this "
      "machine to 2250 MiB; lower sessions, or limit the buffers: socket_buffer\n");
  machine.memory = std::uint64_t{2} << 30;
  machine.tcp_memory.reset();
  EXPECT_EQ(
      warnings_of(echo, machine),
      "f:5:12: warning: sessions = 1000 for 1 listener takes up to 10312 MiB of memory if peers "
      "send but do not read, up to 10560 KiB each; available: 2048 MiB\n");
  EXPECT_EQ(warnings_of("[[listen]]\nprotocol = 'echo'\nsocket_buffer = 65536", machine), "");
}

TEST(Capacity, IgnoresWhatProcessesOfThisHostCanDo) {
  const Machine machine{.tcp_receive_max = 6 << 20, .tcp_send_max = 4 << 20, .tcp_memory = 1 << 20};
  for (const std::string address : {"127.0.0.1", "127.1.2.3", "::1"}) {
    const auto text = "[[listen]]\nprotocol = 'echo'\naddress = '" + address + "'";
    EXPECT_EQ(warnings_of(text, machine), "") << address;
  }
  for (const std::string address : {"128.0.0.1", "0.0.0.0", "::2"}) {
    const auto text = "[[listen]]\nprotocol = 'echo'\naddress = '" + address + "'";
    EXPECT_NE(warnings_of(text, machine), "") << address;
  }
  // In a network namespace there is no tcp_mem. The file as installed fits a small machine.
  EXPECT_EQ(warnings_of("", {.memory = std::uint64_t{1} << 30,
                             .tcp_receive_max = 6 << 20,
                             .tcp_send_max = 4 << 20}),
            "");
}

TEST(Capacity, WarnsIfTheKernelLimitsTheBuffer) {
  EXPECT_EQ(warnings_of("[[listen]]\nsocket_buffer = 1000000", {.rmem_max = 212992}),
            "f:2:17: warning: socket_buffer = 1000000 at 127.0.0.1:9999: the kernel allows 212992 "
            "(net.core.rmem_max); raise it: sysctl net.core.rmem_max=1000000\n");
  EXPECT_EQ(warnings_of("", {.rmem_max = 65536, .wmem_max = 65536}), "");
}

TEST(Capacity, SaysWhatToRaiseEachLimitTo) {
  const auto said = [](std::string_view text, const Machine& machine) {
    const auto warnings = check_capacity(loaded(text), machine);
    return warnings.size() == 1 ? warnings[0].text.substr(warnings[0].text.find("allows")) : "";
  };
  const auto* const many = "[[listen]]\n[limits]\nsessions = 100000";
  EXPECT_EQ(said(many, {.pid_max = 32768}), "allows 32768; raise it: sysctl kernel.pid_max=131072");
  EXPECT_EQ(said(many, {.threads_max = 65536}),
            "allows 65536; raise it: sysctl kernel.threads-max=131072");
  EXPECT_EQ(said(many, {.user_processes = 4096}),
            "allows 4096; raise it: LimitNPROC= in the unit, or ulimit -u");
  EXPECT_EQ(said(many, {.cgroup_tasks = 4915}),
            "allows 4915; raise it: TasksMax= in the unit or slice");
  EXPECT_EQ(said("[[listen]]\nbacklog = 5000", {.somaxconn = 4096}),
            "allows 4096 (net.core.somaxconn); raise it: sysctl net.core.somaxconn=5000");
  // The new limit leaves room for the other processes of the machine.
  EXPECT_EQ(said("[[listen]]\n[limits]\nsessions = 131000", {.pid_max = 32768}),
            "allows 32768; raise it: sysctl kernel.pid_max=262144");
  EXPECT_EQ(said("[[listen]]\n[limits]\nsessions = 4194304", {.pid_max = 4194304}),
            "allows 4194304")
      << "no kernel allows more";
}

TEST(Capacity, CountsEveryListener) {
  const auto file = loaded("[[listen]]\n[[listen]]\nport = 1\n");
  EXPECT_EQ(check_capacity(file, {.pid_max = 2003}).size(), 1u);
  EXPECT_EQ(check_capacity(file, {.pid_max = 2004}).size(), 0u);
}

TEST(Capacity, ReadsThisMachine) {
  const Machine machine = this_machine();
  ASSERT_TRUE(machine.memory);
  EXPECT_GT(*machine.memory, 1u << 20);
}

}  // namespace
}  // namespace yodel::manager
