// Probes that make a new connection each.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "client/ping/probe.hpp"

namespace yodel::client::ping {

// Measures each step separately: connecting; from there to the first byte of the welcome; from the
// request to the whole reply; the close, from the end of our side to the end of the server's; and
// the total. Each probe is done before the next begins.
class FreshConnectionProber : public Prober {
 public:
  // `target` and `stop` are borrowed for the life of the prober.
  FreshConnectionProber(const Target& target, StopCondition& stop, OnDone on_done)
      : target_(target), stop_(stop), on_done_(std::move(on_done)) {}

  [[nodiscard]] bool has_room() const override { return true; }
  void start(std::uint64_t sequence) override;
  void wait(posix::Deadline until) override;
  [[nodiscard]] std::uint64_t connections() const override { return connections_; }
  void finish() override {}

 private:
  // Sets `local` to our end of the connection once there is one.
  [[nodiscard]] Step<Reply> probe(const std::string& message, std::string& local);
  [[nodiscard]] Step<void> exchange(Connection& connection, ReplyReader& reader,
                                    const std::string& message);
  [[nodiscard]] Step<void> leave(Connection& connection, ReplyReader& reader);
  // Waits until it can send some of `unsent` or receive something, and does so. Returns false if
  // neither was possible before `deadline` or the end of the ping.
  bool move(Connection& connection, std::string& unsent, posix::Clock::time_point deadline);

  const Target& target_;
  StopCondition& stop_;
  OnDone on_done_;
  std::uint64_t connections_ = 0;
};

}  // namespace yodel::client::ping
