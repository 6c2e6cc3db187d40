#include "load/dialogues.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include "load/poller.hpp"
#include "load/samples.hpp"
#include "posix/poll.hpp"

namespace yodel::bench {
namespace {

using posix::Clock;
using std::string_view;

// The run fails if nothing happens for this long.
constexpr auto patience = std::chrono::seconds(10);
// After more failures than this, a measurement would be worthless.
constexpr std::uint64_t max_failures = 1000;

struct Turn {
  string_view message;
  string_view reply;
};
// The first turn has no message, since the server speaks first. The last has no reply but the end
// of file.
constexpr std::array<Turn, 5> dialogue{{{"", "welcome"},
                                        {"alice", "hello, alice!"},
                                        {"bob", "hello, bob!"},
                                        {"jack", "hello, jack!"},
                                        {"exit", ""}}};

struct Result {
  std::uint64_t whole = 0;
  std::map<string_view, std::uint64_t> failures;
  std::uint64_t failed = 0;
  Samples first_byte;
  Samples round_trip;
  Samples whole_time;
};

string_view kind_of(int error) {
  switch (error) {
    case ECONNREFUSED: return "refused";
    case ECONNRESET:
    case EPIPE: return "reset";
    case ETIMEDOUT: return "timed out";
    default: return "other";
  }
}

// Makes one connection after another.
class Caller {
 public:
  enum class State : std::uint8_t { talking, whole, failed };

  void connect(const Target& target) {
    began_ = Clock::now();
    fd_ = begin_connecting(target);
    turn_ = 0;
    received_ = 0;
  }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] string_view failure() const noexcept { return failure_; }

  // Reads what has arrived and, if that completes a reply, sends the next message.
  State advance(Result& result, bool measured) {
    std::array<char, 64> bytes{};
    const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (size < 0) return errno == EAGAIN ? State::talking : fail(kind_of(errno));
    const auto now = Clock::now();
    if (size == 0) {
      if (turn_ + 1 < dialogue.size()) return fail("closed early");
      if (measured) result.whole_time.add(now - began_);
      return State::whole;
    }
    const auto expected = dialogue[turn_].reply.substr(received_);
    const string_view got(bytes.data(), static_cast<std::size_t>(size));
    if (!expected.starts_with(got)) return fail("wrong reply");
    if (measured && turn_ == 0 && received_ == 0) result.first_byte.add(now - began_);
    received_ += got.size();
    if (got.size() < expected.size()) return State::talking;
    if (measured && turn_ > 0) result.round_trip.add(now - sent_);
    return send_next();
  }

 private:
  State fail(string_view why) {
    failure_ = why;
    return State::failed;
  }

  State send_next() {
    const auto message = dialogue[++turn_].message;
    received_ = 0;
    sent_ = Clock::now();
    const ssize_t size = ::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    if (size != static_cast<ssize_t>(message.size())) {
      return fail(size < 0 ? kind_of(errno) : "other");
    }
    // The classic client closes after its "exit"; this one also waits for the server's end of file.
    if (turn_ + 1 == dialogue.size()) ::shutdown(fd_.get(), SHUT_WR);
    return State::talking;
  }

  posix::Descriptor fd_;
  std::size_t turn_ = 0;
  std::size_t received_ = 0;  // of this turn's reply
  Clock::time_point began_{};
  Clock::time_point sent_{};
  string_view failure_;
};

std::string json(Result& result, std::chrono::duration<double> seconds) {
  std::string failures;
  for (const auto& [kind, count] : result.failures) {
    failures += fmt::format(R"({}"{}": {})", failures.empty() ? "" : ", ", kind, count);
  }
  return fmt::format(
      R"({{"connections": {}, "seconds": {:.6f}, "failures": {{{}}}, "first_byte_us": {}, )"
      R"("round_trip_us": {}, "dialogue_us": {}}})",
      result.whole, seconds.count(), failures, result.first_byte.json(), result.round_trip.json(),
      result.whole_time.json());
}

}  // namespace

std::string run_dialogues(const Target& target, const DialoguePlan& plan) {
  Poller poller;
  std::vector<Caller> callers(plan.at_once);
  Result result;
  const auto start = [&](std::size_t index) {
    callers[index].connect(target);
    poller.watch(callers[index].fd(), index);
  };

  for (std::size_t i = 0; i < callers.size(); ++i)
    start(i);
  const auto begin = Clock::now() + plan.warm_up;
  const auto end = begin + plan.duration;
  auto now = Clock::now();
  while (now < end) {
    const auto ready = poller.wait(patience);
    now = Clock::now();
    const bool measured = now >= begin;
    for (const std::size_t index : ready) {
      const auto state = callers[index].advance(result, measured);
      if (state == Caller::State::talking) continue;
      if (state == Caller::State::whole) {
        if (measured) ++result.whole;
      } else {
        ++result.failures[callers[index].failure()];
        if (++result.failed > max_failures) {
          throw std::runtime_error(
              fmt::format("too many connections failed: {}", callers[index].failure()));
        }
      }
      start(index);
    }
  }
  return json(result, now - begin);
}

}  // namespace yodel::bench
