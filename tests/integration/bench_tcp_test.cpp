// The kernel's figures in `yodel bench`: it sent again what the server's socket dropped.

#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <string>
#include <sys/socket.h>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/figures.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

// Makes a TCP socket, and those that it accepts, drop each segment longer than `max`, with its
// header, as a path does that loses it: socket(7), SO_ATTACH_FILTER.
void lose_above(int socket, unsigned max) {
  std::array<sock_filter, 4> code{{{BPF_LD | BPF_W | BPF_LEN, 0, 0, 0},
                                   {BPF_JMP | BPF_JGT | BPF_K, 1, 0, max},
                                   {BPF_RET | BPF_K, 0, 0, 0xffffffff},
                                   {BPF_RET | BPF_K, 0, 0, 0}}};
  const sock_fprog program{.len = code.size(), .filter = code.data()};
  ASSERT_EQ(::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

void lose_nothing(int socket) {
  const int none = 0;
  ASSERT_EQ(::setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none), 0);
}

// Returns how many segments the socket has dropped.
std::uint32_t dropped(int socket) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> figures{};
  socklen_t size = sizeof figures;
  ::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, figures.data(), &size);
  return figures.at(SK_MEMINFO_DROPS);
}

constexpr std::size_t message_size = 100;
const std::string size_text = std::to_string(message_size);

posix::Descriptor accept(const BoundSocket& listener) {
  return posix::Descriptor(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

// Echoes a message of the client.
void echo(const posix::Descriptor& peer) {
  std::array<char, message_size> text{};
  ASSERT_EQ(::recv(peer.get(), text.data(), message_size, MSG_WAITALL),
            static_cast<ssize_t>(message_size));
  ASSERT_EQ(::send(peer.get(), text.data(), message_size, MSG_NOSIGNAL),
            static_cast<ssize_t>(message_size));
}

// Waits for the client to end, and ends.
void hear_end(const posix::Descriptor& peer) {
  char byte = 0;
  EXPECT_EQ(::recv(peer.get(), &byte, 1, 0), 0);
  EXPECT_EQ(::shutdown(peer.get(), SHUT_RDWR), 0);
}

TEST(BenchTcp, CountsTheSegmentsSentAgain) {
  const auto listener = listen_anywhere();
  // A header has at most 60 bytes, so SYNs and bare ACKs get through.
  lose_above(listener.fd.get(), 60);
  auto all = std::async(std::launch::async, [&] {
    return figures(listener.address,
                   {"--protocol", "echo", "-n", "2", "--size", size_text, "--timeout", "60s"});
  });
  const auto peer = accept(listener);
  wait_until("the request and its repetition", [&] { return dropped(peer.get()) >= 2; });
  lose_nothing(peer.get());
  const auto lost = dropped(peer.get());
  echo(peer);
  echo(peer);
  hear_end(peer);
  const auto tcp = all.get()["tcp"];
  EXPECT_EQ(tcp["retransmits"], lost);
  EXPECT_EQ(tcp["syn_retransmits"], 0);
}

TEST(BenchTcp, CountsTheSynsSentAgain) {
  const auto listener = listen_anywhere();
  lose_above(listener.fd.get(), 0);
  auto all = std::async(std::launch::async, [&] {
    return figures(listener.address, {"--protocol", "echo", "-n", "1", "--size", size_text,
                                      "--connect-timeout", "60s"});
  });
  wait_until("the first SYN", [&] { return dropped(listener.fd.get()) > 0; });
  lose_nothing(listener.fd.get());
  const auto lost = dropped(listener.fd.get());
  const auto peer = accept(listener);
  echo(peer);
  hear_end(peer);
  const auto result = all.get();
  EXPECT_EQ(result["tcp"]["syn_retransmits"], lost);
  EXPECT_EQ(result["tcp"]["retransmits"], lost);
  EXPECT_GE(result["latency_ms"]["connect"]["min"], 900);
}

// A connection that was never established has sent only SYNs.
TEST(BenchTcp, CountsTheSynsOfAFailedConnect) {
  const auto listener = listen_anywhere();
  lose_above(listener.fd.get(), 0);
  const auto tcp = figures(listener.address, {"-n", "1", "--connect-timeout", "1500ms"}, 5)["tcp"];
  EXPECT_EQ(tcp["syn_retransmits"], dropped(listener.fd.get()) - 1);
  EXPECT_EQ(tcp["retransmits"], tcp["syn_retransmits"]);
  EXPECT_GE(tcp["retransmits"], 1);
  EXPECT_TRUE(tcp["rtt_ms"].is_null());
  EXPECT_TRUE(tcp["mss"].is_null());
}

TEST(BenchTcp, AreThereForEveryKindOfRun) {
  Daemon daemon;
  for (const Words& words :
       {Words{"-n", "20", "-c", "2"}, Words{"-n", "20", "-c", "2", "--new-connection"},
        Words{"--hold", "5", "-d", "50ms"}, Words{"-d", "50ms", "--warm-up", "50ms"}}) {
    const auto tcp = figures(daemon.address(), words)["tcp"];
    EXPECT_GT(tcp["rtt_ms"], 0);
    EXPECT_GT(tcp["min_rtt_ms"], 0);
    EXPECT_LE(tcp["min_rtt_ms"], tcp["rtt_ms"]);
    EXPECT_LE(tcp["syn_retransmits"], tcp["retransmits"]);
    EXPECT_GE(tcp["mss"], 536) << "RFC 9293, 3.7.1";
    EXPECT_LE(tcp["mss"], tcp["max_mss"]);
  }
  const auto outcome = run(bench(daemon.address(), {"-n", "20"}));
  EXPECT_TRUE(holds(outcome.output, "\n  TCP: round trip ")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, " segments retransmitted, ")) << outcome.output;
}

TEST(BenchTcp, AreNotThereOverUnixSockets) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\naddress = '" + path + "'\n");
  EXPECT_EQ(figures(path, {"-n", "20"}).count("tcp"), 0u);
  const auto outcome = run(bench(path, {"-n", "20", "--report", "-"}));
  EXPECT_EQ(outcome.output.find("TCP"), std::string::npos);
  EXPECT_EQ(outcome.output.find("retransmit"), std::string::npos);
}

}  // namespace
}  // namespace yodel::tests
