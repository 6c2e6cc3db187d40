// Probes that share one connection, one behind the other.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "client/ping/probe.hpp"

namespace yodel::client::ping {

// Measures from the moment a request is handed to the kernel, or waits for room there, until the
// whole reply has been read. Requests do not wait for the replies of those before where the service
// takes several, so a server that stalls is seen to stall.
class PersistentProber : public Prober {
 public:
  // `target` and `stop` are borrowed for its life.
  PersistentProber(const Target& target, StopCondition& stop, OnDone on_done,
                   Reconnected reconnected)
      : target_(target),
        stop_(stop),
        on_done_(std::move(on_done)),
        reconnected_(std::move(reconnected)),
        reader_(target.service) {}

  [[nodiscard]] bool has_room() const override;
  [[nodiscard]] std::uint64_t connections() const override { return connections_; }
  void start(std::uint64_t sequence) override;
  void wait(posix::Deadline until) override;
  void finish() override;

 private:
  struct Sent {
    std::uint64_t sequence = 0;
    posix::Clock::time_point at;
    posix::Clock::time_point give_up_at;
    // On a connection from before, on which nothing was under way: that may have ended already.
    bool first_after_idle = false;
  };

  // A connection whose welcome has come; false: there is none, and the probe was settled.
  bool be_connected(std::uint64_t sequence);
  Step<void> open();
  // Gives the connection up, and keeps why and how long it had lasted for the next one.
  void drop();
  void send_request(std::uint64_t sequence, bool first_after_idle);
  void expect_oldest();
  void send();
  // The connection has come to this end. Where that may have been before the probes that wait were
  // sent on it, they are sent again on a new one: RFC 9112, 9.3.1. Else they are lost.
  void go_on_after(const ProbeError& end);
  // Settles what has been answered, and all that can be answered no more.
  void take_replies(posix::Clock::time_point now);
  // Gives up where the oldest has waited for too long.
  void give_up_late(posix::Clock::time_point now);
  // Drops the connection. `first` is what has become of the oldest probe, and the cause for the
  // others to be lost.
  void give_up(const ProbeError& first);
  void on_done(std::uint64_t sequence, tl::expected<Reply, ProbeError> result);
  void settle_oldest(tl::expected<Reply, ProbeError> result);

  const Target& target_;
  StopCondition& stop_;
  OnDone on_done_;
  Reconnected reconnected_;
  std::uint64_t connections_ = 0;
  std::optional<Connection> connection_;
  std::string local_;  // our end of it, or of the last one
  posix::Clock::time_point opened_at_;
  posix::Deadline ended_at_;         // by the server; nullopt: it has not
  std::optional<Reconnect> broken_;  // the last connection, until there is another
  ReplyReader reader_;               // of it
  std::string expected_;             // the reply to the oldest
  std::deque<Sent> outstanding_;
  std::string unsent_;
};

}  // namespace yodel::client::ping
