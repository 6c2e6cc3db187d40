#include "load/held.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <fmt/format.h>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <vector>

#include "load/poller.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::bench {
namespace {

using posix::Clock;

constexpr auto patience = std::chrono::seconds(20);
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
  Held(const Target& target, const HoldPlan& plan) : connections_(plan.count) {
    std::uint32_t begun = 0;
    const auto begin_one = [&] {
      if (begun == plan.count) return;
      connections_[begun] = begin_connecting(target);
      poller_.watch(connections_[begun].get(), begun);
      ++begun;
    };
    for (std::uint32_t i = 0; i < plan.at_once; ++i)
      begin_one();
    for (std::uint32_t held = 0; held < plan.count;) {
      for (const std::size_t index : wait()) {
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
    for (int i = 0; i < 16; ++i)
      ask_one();
    while (waiting > 0) {
      for (const std::size_t index : wait()) {
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
  std::span<const std::size_t> wait() {
    const auto ready = poller_.wait(Clock::now() + patience);
    if (ready.empty()) throw std::runtime_error("the server does not answer any more");
    return ready;
  }

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

void run_hold(const Target& target, const HoldPlan& plan) {
  auto begin = Clock::now();
  Held held(target, plan);
  say(fmt::format(R"({{"held": {}, "seconds": {:.6f}}})", plan.count, seconds_since(begin)));
  for (std::string line; std::getline(std::cin, line);) {
    if (line != "check") throw std::invalid_argument("'" + line + "' is no command");
    begin = Clock::now();
    const auto failed = held.check();
    say(fmt::format(R"({{"answered": {}, "failed": {}, "seconds": {:.6f}}})", plan.count - failed,
                    failed, seconds_since(begin)));
  }
}

}  // namespace yodel::bench
