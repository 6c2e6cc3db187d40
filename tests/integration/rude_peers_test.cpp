// Peers that are slow, silent, cut off or ill-mannered: each takes bounded memory and time and has
// its own close reason, and no reply is lost.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>

#include "posix/descriptor.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"

namespace yodel::tests {
namespace {

// Returns the peak resident size of a process in KiB, or 0 if there is no such process.
long max_memory_of(pid_t pid) {
  const auto text = status_of(pid, "VmHWM");
  return text.empty() ? 0 : std::stol(text);
}
// A session is a fork of the acceptor, with buffers.
#if defined(YODEL_SANITIZED)
constexpr long bounded_kib = 256 << 10;  // including the sanitizers' own memory
#else
constexpr long bounded_kib = 4096;
#endif

pid_t only_session_of(Daemon& daemon) {
  return sessions_of(daemon.acceptor(), 1).front();
}

TEST(SlowPeer, MayPauseBeforeEachByte) {
  Daemon daemon(
      "[[listen]]\nport = 0\n[greet]\nframing = 'lines'\n[limits]\nidle_timeout = '600ms'\n");
  Connection peer(daemon.address());
  peer.receive(7);
  // The pauses add up to more than the timeout, but each is shorter.
  for (const char byte : std::string("alice and bob\n")) {
    EXPECT_FALSE(peer.has_input(std::chrono::milliseconds(50)));
    peer.send({&byte, 1});
  }
  EXPECT_EQ(peer.receive(22), "hello, alice and bob!\n");
}

// Returns how many bytes a peer can send that reads nothing.
std::size_t sent_without_reading(const std::string& address) {
  Connection peer(address);
  const int fd = peer.descriptor();
  // The peer's own buffers must take next to nothing.
  const int small = 4096;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const std::string lines = [] {
    std::string text;
    for (int i = 0; i < 1024; ++i)
      text += std::string(63, 'a') + "\n";
    return text;
  }();
  std::size_t sent = 0;
  for (pollfd out{.fd = fd, .events = POLLOUT, .revents = 0}; ::poll(&out, 1, 1000) > 0;) {
    const ssize_t size = ::send(fd, lines.data(), lines.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) sent += static_cast<std::size_t>(size);
    if (size < 0 && errno != EAGAIN) throw std::system_error(errno, std::generic_category());
  }
  return sent;
}
// More than the two buffers of the socket, those of the session and those of the peer.
constexpr std::size_t bounded_bytes = std::size_t{1} << 20;

TEST(PeerThatDoesNotRead, FillsOnlyTheBoundedBuffersOfGreet) {
  Daemon daemon;
  EXPECT_LT(sent_without_reading(daemon.address()), bounded_bytes);
}

TEST(PeerThatDoesNotRead, FillsAsMuchAsSocketBufferAllows) {
  const auto echo = [](const std::string& buffer) {
    return "[[listen]]\nport = 0\nprotocol = 'echo'\nsocket_buffer = " + buffer + "\n";
  };
  Daemon daemon(echo("0"));
  EXPECT_GT(sent_without_reading(daemon.address()), bounded_bytes) << "the kernel's own sizes";
  daemon.reload(echo("30000"));
  EXPECT_LT(sent_without_reading(daemon.address()), bounded_bytes);
}

TEST(SlowPeer, IsEndedByTheSessionTimeout) {
  Daemon daemon(
      "[[listen]]\nport = 0\n[greet]\nframing = 'lines'\n[limits]\nsession_timeout = '300ms'\n");
  Connection peer(daemon.address());
  peer.receive(7);
  while (!peer.has_input(std::chrono::milliseconds(10)))
    peer.send("a");
  EXPECT_EQ(peer.receive_rest(), "");
  peer.end();
  daemon.wait_for_record(" close_reason=session-timeout");
}

TEST(DeafPeer, IsIdleAndTakesBoundedMemory) {
  Daemon daemon("[[listen]]\nport = 0\n[limits]\nidle_timeout = '300ms'\n");
  Connection peer(daemon.address());
  const pid_t session = only_session_of(daemon);
  std::string lines;
  while (lines.size() < 1 << 20)
    lines += "a\n";
  try {
    for (;;) {
      peer.send(lines);
      EXPECT_LT(max_memory_of(session), bounded_kib);
    }
  } catch (const std::exception&) {
    // The session has gone, or takes nothing more.
  }
  daemon.wait_for_record(" close_reason=idle-timeout");
}

TEST(RudePeer, ThatSendsAMillionEmptyLinesGetsAMillionReplies) {
  Daemon daemon;
  Connection peer(daemon.address());
  const pid_t session = only_session_of(daemon);
  constexpr int lines = 1'000'000;
  const std::string reply = "hello, !\n";
  peer.receive(7);
  peer.send_and_take_in(std::string(lines, '\n'));
  const auto replies = peer.receive(lines * reply.size());
  EXPECT_LT(max_memory_of(session), bounded_kib);
  for (std::size_t at = 0; at < replies.size(); at += reply.size())
    ASSERT_EQ(replies.compare(at, reply.size(), reply), 0) << at;
  peer.send("exit\n");
  EXPECT_EQ(peer.receive_rest(), "");
  daemon.wait_for_record("closed: peer sent exit, 1000000 messages, 1000005 bytes in");
}

TEST(RudePeer, ThatSendsTenGigabytesGetsThemBackInBoundedMemory) {
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  Connection peer(daemon.address());
  const pid_t session = only_session_of(daemon);
  constexpr std::uint64_t total = 10'000'000'000;
  // A size that divides no buffer's size, so that bytes at a wrong place do not compare equal.
  const std::string pattern = bytes_of(1'000'003);
  std::thread sender([&] {
    for (std::uint64_t sent = 0; sent < total;) {
      const auto offset = sent % pattern.size();
      const auto size = std::min<std::uint64_t>(pattern.size() - offset, total - sent);
      peer.send(std::string_view(pattern).substr(offset, size));
      sent += size;
    }
    peer.end();
  });
  std::string received(1 << 20, '\0');
  std::uint64_t at = 0;
  bool equal = true;
  for (;;) {
    const ssize_t size = ::recv(peer.descriptor(), received.data(), received.size(), 0);
    if (size <= 0) break;
    for (std::size_t done = 0; done < static_cast<std::size_t>(size);) {
      const auto offset = at % pattern.size();
      const auto part =
          std::min<std::size_t>(pattern.size() - offset, static_cast<std::size_t>(size) - done);
      equal = equal && std::memcmp(received.data() + done, pattern.data() + offset, part) == 0;
      done += part;
      at += part;
    }
    EXPECT_LT(max_memory_of(session), bounded_kib);
  }
  sender.join();
  EXPECT_TRUE(equal);
  EXPECT_EQ(at, total);
  daemon.wait_for_record("closed: peer closed its side, 10000000000 bytes in, 10000000000 out");
}

// What a peer has done when it resets its connection or ends its side.
enum class Point : std::uint8_t { connected, welcomed, in_a_line, answered, deaf, said_exit };
constexpr std::array points{Point::connected, Point::welcomed, Point::in_a_line,
                            Point::answered,  Point::deaf,     Point::said_exit};

void bring_to(Point point, Connection& peer) {
  if (point == Point::connected) return;
  peer.receive(7);
  switch (point) {
    case Point::connected:
    case Point::welcomed: return;
    case Point::in_a_line: peer.send("alice\nbo"); return;
    case Point::answered:
      peer.send("alice\n");
      peer.receive(14);
      return;
    case Point::deaf:
      for (int i = 0; i < 2000; ++i)
        peer.send("alice\n");
      return;
    case Point::said_exit: peer.send("alice\nexit\n"); return;
  }
}

TEST(RudePeer, MayResetAtAnyPoint) {
  Daemon daemon;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    for (const Point point : points) {
      Connection peer(daemon.address());
      bring_to(point, peer);
      peer.reset();
    }
  }
  sessions_of(daemon.acceptor(), 0);
  Connection next(daemon.address());
  EXPECT_EQ(next.receive(7), "welcome");
  next.send("exit\n");
  EXPECT_EQ(next.receive_rest(), "");
  EXPECT_EQ(daemon.stop().status, 0);
  // A connection that is reset before it is accepted may never appear.
  const auto max_records = std::size_t{rounds} * points.size() + 1;
  const auto all = daemon.records("connection from ").size();
  EXPECT_LE(all, max_records);
  EXPECT_GE(all, max_records - rounds);
  EXPECT_GE(daemon.records(" close_reason=peer-reset").size(), std::size_t{rounds});
  const auto ends = daemon.records(" close_reason=peer-reset").size() +
                    daemon.records(" close_reason=exit").size() +
                    daemon.records(" close_reason=eof").size();
  EXPECT_EQ(ends, all) << "none crashed, none is unexplained";
}

TEST(RudePeer, MayEndItsSideAtAnyPointAndGetsEveryReply) {
  Daemon daemon;
  for (const Point point : points) {
    Connection peer(daemon.address());
    bring_to(point, peer);
    peer.end();
    std::string expected;
    switch (point) {
      case Point::connected: expected = "welcome"; break;
      case Point::welcomed:
      case Point::answered: break;
      case Point::in_a_line: expected = "hello, alice!\nhello, bo!"; break;
      case Point::deaf:
        for (int i = 0; i < 2000; ++i)
          expected += "hello, alice!\n";
        break;
      case Point::said_exit: expected = "hello, alice!\n"; break;
    }
    EXPECT_EQ(peer.receive_rest(), expected) << static_cast<int>(point);
  }
  EXPECT_EQ(daemon.stop().status, 0);
  EXPECT_EQ(daemon.records(" close_reason=eof").size(), points.size() - 1);
  EXPECT_EQ(daemon.records(" close_reason=exit").size(), 1U);
}

// Returns how many bytes wait unread at the daemon's end of a TCP connection, /proc/net/tcp.
unsigned long unread_from(const Connection& peer) {
  std::ifstream table("/proc/net/tcp");
  const auto port = peer.port();
  std::string line;
  while (std::getline(table, line)) {
    unsigned from = 0;
    unsigned long unread = 0;
    const int found = std::sscanf(line.c_str(), "%*d: %*8x:%*4x %*8x:%4x %*2x %*8x:%8lx", &from,
                                  &unread);  // NOLINT: the kernel's own format
    if (found == 2 && from == port) return unread;
  }
  return 0;
}

TEST(RudePeer, ThatResetsDuringADelayEndsItsSession) {
  Daemon daemon("[[listen]]\nport = 0\n[greet]\ndelay = '2h'\n");
  Connection peer(daemon.address());
  peer.receive(7);
  peer.send("alice\nbob\n");
  wait_until("the session to read", [&] { return unread_from(peer) == 0; });
  peer.reset();
  daemon.wait_for_record(" close_reason=peer-reset");
}

TEST(RudePeer, ThatClosesAUnixSocketDuringADelayEndsItsSession) {
  const TemporaryFolder folder;
  const std::string path = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\naddress = '" + path + "'\n[greet]\ndelay = '2h'\n");
  {
    Connection peer(path);
    peer.receive(7);
    peer.send("alice\nbob\n");
    wait_until("the session to read", [&] {
      int unread = 0;
      return ::ioctl(peer.descriptor(), SIOCOUTQ, &unread) == 0 && unread == 0;
    });
  }
  daemon.wait_for_record(" close_reason=peer-reset");
}

TEST(RudePeer, MaySendUrgentData) {
  Daemon daemon(
      "[[listen]]\nport = 0\n[[listen]]\nport = 0\nprotocol = 'echo'\n[greet]\nframing = "
      "'lines'\n");
  Connection greeted(daemon.address(0));
  greeted.receive(7);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(greeted.send_urgent('!'));
    greeted.send("alice\nbo");
    ASSERT_TRUE(greeted.send_urgent('\n'));
    EXPECT_EQ(greeted.receive(15 + 11), "hello, !alice!\nhello, bo!\n");
  }
  Connection echoed(daemon.address(1));
  const std::string bytes(100'000, 'x');
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(echoed.send_urgent('!'));
    echoed.send_and_take_in(bytes);
    EXPECT_TRUE(echoed.receive(1 + bytes.size()) == '!' + bytes) << i;
  }
  ASSERT_TRUE(echoed.send_urgent('?'));
  echoed.end();
  EXPECT_EQ(echoed.receive_rest(), "?");
}

}  // namespace
}  // namespace yodel::tests
