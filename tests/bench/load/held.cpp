#include "load/held.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <fmt/format.h>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include "load/poller.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::bench {
namespace {

using posix::Clock;

constexpr auto patience = std::chrono::seconds(20);
// Connections that are opened, or asked, at a time.
constexpr int at_once = 16;
constexpr std::string_view welcome = "welcome";
constexpr std::string_view question = "still there?";
constexpr std::string_view answer = "hello, still there?!";

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void say(const std::string& line) {
  std::cout << line << std::endl;  // NOLINT(performance-avoid-endl): somebody waits for it
}

class Held {
 public:
  Held(const Target& target, std::uint32_t count) : connections_(count) {
    std::uint32_t begun = 0;
    const auto begin_one = [&] {
      if (begun == count) return;
      connections_[begun] = begin_connecting(target);
      poller_.watch(connections_[begun].get(), begun);
      ++begun;
    };
    for (int i = 0; i < at_once; ++i)
      begin_one();
    for (std::uint32_t held = 0; held < count;) {
      for (const std::size_t index : poller_.wait(patience)) {
        if (receive(index) != welcome) {
          throw std::runtime_error(fmt::format("no welcome on connection {}", held + 1));
        }
        ++held;
        begin_one();
      }
    }
  }

  // Has a message answered on each and gives how many did not do so.
  std::uint32_t check() {
    std::uint32_t failed = 0;
    std::uint32_t asked = 0;
    std::uint32_t waiting = 0;
    const auto ask_one = [&] {
      while (asked < connections_.size()) {
        const int fd = connections_[asked++].get();
        if (::send(fd, question.data(), question.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(question.size())) {
          ++waiting;
          return;
        }
        ++failed;
      }
    };
    for (int i = 0; i < at_once; ++i)
      ask_one();
    while (waiting > 0) {
      for (const std::size_t index : poller_.wait(patience)) {
        if (receive(index) != answer) {
          ++failed;
          connections_[index].reset();  // it would be ready for ever
        }
        --waiting;
        ask_one();
      }
    }
    return failed;
  }

 private:
  // A reply is far smaller than a segment: it comes whole.
  std::string_view receive(std::size_t index) {
    const ssize_t size = ::recv(connections_[index].get(), bytes_.data(), bytes_.size(), 0);
    return {bytes_.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
  }

  std::vector<posix::Descriptor> connections_;
  Poller poller_;
  std::array<char, 64> bytes_{};
};

}  // namespace

void run_hold(const Target& target, std::uint32_t count) {
  auto begin = Clock::now();
  Held held(target, count);
  say(fmt::format(R"({{"held": {}, "seconds": {:.6f}}})", count, seconds_since(begin)));
  for (std::string line; std::getline(std::cin, line);) {
    if (line != "check") throw std::invalid_argument("'" + line + "' is no command");
    begin = Clock::now();
    const auto failed = held.check();
    say(fmt::format(R"({{"answered": {}, "failed": {}, "seconds": {:.6f}}})", count - failed,
                    failed, seconds_since(begin)));
  }
}

}  // namespace yodel::bench
