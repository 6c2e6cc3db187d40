// Probes that share one connection.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/ping/path_watch.hpp"
#include "client/ping/probe.hpp"

namespace yodel::client::ping {

// Measures from the moment a request is handed to the kernel, or waits for room there, until its
// whole reply has been read. Where the service can pipeline, a request does not wait for earlier
// replies, so a stalling server shows in the times of all the probes sent meanwhile.
class PersistentProber : public Prober {
 public:
  // `target`, `stop` and `outages` are borrowed for the life of the prober.
  PersistentProber(const Target& target, StopCondition& stop, Outages& outages, OnDone on_done,
                   Reconnected reconnected, OnSession on_session)
      : target_(target),
        stop_(stop),
        outages_(outages),
        on_done_(std::move(on_done)),
        reconnected_(std::move(reconnected)),
        on_session_(std::move(on_session)),
        watch_(target, outages),
        reader_(make_reader(target.service)) {}

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
    std::uint64_t end = 0;  // how many bytes are sent on the connection up to its end
    // Sent on an idle connection, which may have ended before the request reached the server.
    bool first_after_idle = false;
  };

  // Makes sure that there is a connection whose welcome has come. Returns false if that fails; the
  // probe has then been settled.
  bool ensure_connected(std::uint64_t sequence);
  Step<void> open();
  // Closes the connection, and remembers why it ended and how long it lasted for the Reconnect.
  void drop();
  void send_request(std::uint64_t sequence, bool first_after_idle);
  void expect_oldest();
  void send();
  // Handles the end of the connection. If it may have ended before the waiting probes were sent,
  // they are sent once more on a new connection (RFC 9112, 9.3.1); otherwise they are lost.
  void go_on_after(const ProbeError& end);
  // Settles the probes that have been answered, and those that no longer can be.
  void read_replies(posix::Clock::time_point now);
  // Returns when the first request was sent that the server's kernel has not acknowledged.
  [[nodiscard]] posix::Deadline unacknowledged_since() const;
  // Drops the connection if the oldest probe has waited too long.
  void give_up_late(posix::Clock::time_point now);
  // Drops the connection, settles the oldest probe with `first`, and with that the others as lost.
  void give_up(const ProbeError& first);
  [[nodiscard]] std::optional<TcpFigures> figures();
  void on_done(std::uint64_t sequence, tl::expected<Reply, ProbeError> result,
               std::optional<TcpFigures> tcp = {});
  void settle_oldest(tl::expected<Reply, ProbeError> result, std::optional<TcpFigures> tcp = {});

  const Target& target_;
  StopCondition& stop_;
  Outages& outages_;
  OnDone on_done_;
  Reconnected reconnected_;
  OnSession on_session_;
  PathWatch watch_;
  TcpMeter meter_;
  std::uint32_t syn_retransmits_ = 0;  // of the first connection, until its first probe is done
  std::uint64_t connections_ = 0;
  std::optional<Connection> connection_;
  std::string local_;  // our end of the connection, or of the last one
  posix::Clock::time_point opened_at_;
  posix::Deadline ended_at_;              // when the server ended it; std::nullopt: it has not
  std::optional<Reconnect> broken_;       // how the last connection ended, until there is another
  std::unique_ptr<ServerReader> reader_;  // of the connection
  std::string expected_;                  // the reply to the oldest probe
  std::deque<Sent> outstanding_;
  std::string unsent_;
};

}  // namespace yodel::client::ping
