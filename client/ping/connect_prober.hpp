// Probes that connect and close, and send nothing: for any server.
#pragma once

#include <deque>
#include <string_view>
#include <utility>

#include "client/connection/connection.hpp"
#include "client/ping/probe.hpp"

namespace yodel::client::ping {

// Measures connect(2). Then it ends our side and reads what the server sends until its end, since a
// close with something unread would reset the connection: a server that speaks first, such as
// sshd(8), would see an error. That is waited for beside the probes that follow.
class ConnectProber : public Prober {
 public:
  // `target` and `stop` are borrowed for its life.
  ConnectProber(const Target& target, StopCondition& stop, OnDone on_done)
      : target_(target), stop_(stop), on_done_(std::move(on_done)) {}

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

  // Reads what has come on the oldest one, and closes it if the server has ended it, or has had its
  // time for that.
  void read_oldest();

  const Target& target_;
  StopCondition& stop_;
  OnDone on_done_;
  std::uint64_t connections_ = 0;
  std::deque<Leaving> leaving_;  // in the order in which their times end
};

}  // namespace yodel::client::ping
