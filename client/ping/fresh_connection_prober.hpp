// Probes that make a new connection each.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client/ping/path_watch.hpp"
#include "client/ping/probe.hpp"

namespace yodel::client::ping {

class Stopwatch {
 public:
  // Returns the time since the last lap, or since the start.
  std::chrono::nanoseconds lap() {
    const auto last = std::exchange(last_, posix::Clock::now());
    return last_ - last;
  }
  [[nodiscard]] std::chrono::nanoseconds total() const { return last_ - start_; }

 private:
  posix::Clock::time_point start_ = posix::Clock::now();
  posix::Clock::time_point last_ = start_;
};

// Measures each step separately: connecting; from there to the first byte of the welcome; from the
// request to the whole reply; the close, from the end of our side to the end of the server's; and
// the total. Each probe is done before the next begins.
class FreshConnectionProber : public Prober {
 public:
  // `target`, `stop` and `outages` are borrowed for the life of the prober.
  FreshConnectionProber(const Target& target, StopCondition& stop, Outages& outages, OnDone on_done,
                        OnSession on_session)
      : target_(target),
        stop_(stop),
        outages_(outages),
        on_done_(std::move(on_done)),
        on_session_(std::move(on_session)),
        watch_(target, outages) {}

  [[nodiscard]] bool has_room() const override { return true; }
  void start(std::uint64_t sequence) override;
  void wait(posix::Deadline until) override;
  [[nodiscard]] std::uint64_t connections() const override { return connections_; }
  void finish() override {}

 private:
  // Adds what is known of the connection to `outcome`, and returns its result.
  [[nodiscard]] Step<Reply> probe(const std::string& message, Outcome& outcome);
  [[nodiscard]] Step<Reply> converse(Connection& connection, const std::string& message,
                                     Stopwatch& watch);
  [[nodiscard]] Step<void> exchange(Connection& connection, ServerReader& reader,
                                    const std::string& message);
  [[nodiscard]] Step<void> leave(Connection& connection, ServerReader& reader);
  // Waits until it can send some of `unsent` or receive something, and does so. Returns false if
  // neither was possible before `deadline` or the end of the ping.
  bool move(Connection& connection, std::string& unsent, posix::Clock::time_point deadline);

  const Target& target_;
  StopCondition& stop_;
  Outages& outages_;
  OnDone on_done_;
  OnSession on_session_;
  std::optional<Session> session_;  // of the probe's connection; reported once nothing is timed
  PathWatch watch_;
  TcpMeter meter_;
  posix::Clock::time_point said_at_;  // when we began to send the message, or the farewell
  std::uint64_t connections_ = 0;
};

}  // namespace yodel::client::ping
