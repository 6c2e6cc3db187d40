#include "load/echoes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fmt/format.h>
#include <future>
#include <span>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include "load/poller.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::bench {
namespace {

using posix::Clock;

constexpr auto patience = std::chrono::seconds(10);
// The size of what is sent over and over. A prime number, so that a server's buffer never holds it
// at the same place twice in a row.
constexpr std::size_t pattern_size = 1'048'573;
// The maximum in flight on each connection. More than the sockets' buffers hold gains nothing.
constexpr std::uint64_t max_under_way = std::uint64_t{4} << 20;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Pseudo-random bytes, in memory and in a file.
class Pattern {
 public:
  Pattern() : bytes_(pattern_size), file_(::memfd_create("pattern", MFD_CLOEXEC)) {
    std::uint32_t state = 1;
    for (auto& byte : bytes_) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<char>(state >> 24);
    }
    if (!file_ ||
        ::write(file_.get(), bytes_.data(), bytes_.size()) != static_cast<ssize_t>(bytes_.size())) {
      throw_errno("memfd_create");
    }
  }
  [[nodiscard]] int file() const noexcept { return file_.get(); }
  // Returns the bytes at `position` of the endless repetition, up to the pattern's end.
  [[nodiscard]] std::span<const char> at(std::uint64_t position) const noexcept {
    return std::span(bytes_).subspan(position % pattern_size);
  }

 private:
  std::vector<char> bytes_;
  posix::Descriptor file_;
};

class Stream {
 public:
  void connect(const Target& target) { fd_ = begin_connecting(target); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] bool may_send() const noexcept { return sent_ - received_ < max_under_way; }

  void send(const Pattern& pattern) {
    while (may_send()) {
      auto offset = static_cast<off_t>(sent_ % pattern_size);
      const ssize_t size = ::sendfile(fd_.get(), pattern.file(), &offset,
                                      pattern_size - static_cast<std::size_t>(offset));
      if (size < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
      if (size < 0) throw_errno("sendfile");
      sent_ += static_cast<std::uint64_t>(size);
    }
  }

  void receive(const Pattern& pattern, std::span<char> buffer, bool checked) {
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), checked ? 0 : MSG_TRUNC);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) throw_errno("recv");
    if (size == 0) throw std::runtime_error("the server closed the connection");
    if (checked) check(pattern, buffer.first(static_cast<std::size_t>(size)));
    received_ += static_cast<std::uint64_t>(size);
  }

 private:
  void check(const Pattern& pattern, std::span<const char> bytes) const {
    for (auto position = received_; !bytes.empty();) {
      const auto expected = pattern.at(position);
      const auto size = std::min(bytes.size(), expected.size());
      if (std::memcmp(bytes.data(), expected.data(), size) != 0) {
        throw std::runtime_error(fmt::format("wrong byte received after byte {}", position));
      }
      bytes = bytes.subspan(size);
      position += size;
    }
  }

  posix::Descriptor fd_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

std::uint64_t total_received(const std::vector<Stream>& streams) {
  std::uint64_t total = 0;
  for (const auto& stream : streams)
    total += stream.received();
  return total;
}

// Runs a share of the connections. Returns the bytes that came back in the measured time.
std::uint64_t run_share(const Target& target, const Pattern& pattern, std::size_t connections,
                        Clock::time_point begin, Clock::time_point end) {
  Poller poller;
  std::vector<Stream> streams(connections);
  std::vector<char> buffer(std::size_t{1} << 20);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i].connect(target);
    poller.watch(streams[i].fd(), i, true);
  }
  const auto run_until = [&](Clock::time_point time, bool checked) {
    while (Clock::now() < time) {
      for (const std::size_t index : poller.wait(patience)) {
        auto& stream = streams[index];
        stream.receive(pattern, buffer, checked);
        stream.send(pattern);
        poller.watch_again(stream.fd(), index, stream.may_send());
      }
    }
  };
  run_until(begin, true);
  const auto before = total_received(streams);
  run_until(end, false);
  return total_received(streams) - before;
}

}  // namespace

std::string run_echoes(const Target& target, const EchoPlan& plan) {
  const Pattern pattern;
  const auto begin = Clock::now() + plan.warm_up;
  const auto end = begin + plan.duration;
  // One thread per processor, so that the load generator is not the bottleneck.
  const std::size_t threads =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, plan.connections);
  std::vector<std::future<std::uint64_t>> parts;
  for (std::size_t i = 0; i < threads; ++i) {
    const std::size_t connections = (plan.connections + i) / threads;
    parts.push_back(std::async(std::launch::async, [&, connections] {
      return run_share(target, pattern, connections, begin, end);
    }));
  }
  std::uint64_t bytes = 0;
  for (auto& part : parts)
    bytes += part.get();
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  return fmt::format(R"({{"bytes": {}, "seconds": {:.6f}}})", bytes, seconds.count());
}

}  // namespace yodel::bench
