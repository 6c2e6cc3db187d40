// Probes that connect, close and send nothing, so they suit any server.
#pragma once

#include <deque>
#include <string_view>
#include <utility>

#include "client/connection/connection.hpp"
#include "client/ping/probe.hpp"

namespace yodel::client::ping {

// Measures connect(2). Afterwards it ends our side and, alongside the next probes, reads what the
// server sends until that has ended its own: closing with unread bytes would reset the connection,
// which is an error in the log of a server that speaks first, such as sshd(8).
class ConnectProber : public Prober {
 public:
  // `target`, `stop` and `outages` are borrowed for the life of the prober.
  ConnectProber(const Target& target, StopCondition& stop, Outages& outages, OnDone on_done)
      : target_(target), stop_(stop), outages_(outages), on_done_(std::move(on_done)) {}

  [[nodiscard]] bool has_room() const override;
  void start(std::uint64_t sequence) override;
  void wait(posix::Deadline until) override;
  [[nodiscard]] std::uint64_t connections() const override { return connections_; }
  void finish() override;

 private:
  struct Leaving {
    Connection connection;
    posix::Clock::time_point close_at;
  };

  // Reads what has come on the oldest connection being left, and closes that if the server has
  // ended its side or its time for that is over.
  void read_oldest();

  const Target& target_;
  StopCondition& stop_;
  Outages& outages_;
  OnDone on_done_;
  TcpMeter meter_;
  std::uint64_t connections_ = 0;
  std::deque<Leaving> leaving_;  // ordered by close_at
};

}  // namespace yodel::client::ping
