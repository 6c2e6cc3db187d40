// The outcome of each probe, and the figures of a whole ping.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/exchange/probe_lines.hpp"
#include "client/failure.hpp"
#include "client/measure/latency_histogram.hpp"
#include "client/measure/shares.hpp"
#include "posix/tcp_info.hpp"

namespace yodel::client::ping {

// A measured time and its name: "time", or "connect", "first-byte", "reply", "close" or "total".
struct Timing {
  std::string_view name;
  std::chrono::nanoseconds time{};
};

// The correct answer to a probe.
struct Reply {
  std::string peer;
  std::size_t bytes = 0;           // 0: the probe only connected
  std::vector<Timing> timings;     // the same ones, in the same order, for all probes of a ping
  bool has_shares = false;         // the server has measured its share of the round trip
  std::optional<Shares> shares{};  // of the round trip; std::nullopt also if they cannot be true
};

// Why a probe failed.
struct ProbeError {
  enum class Kind : std::uint8_t {
    lost,  // no answer came
    wrong  // a wrong answer came
  };
  Kind kind = Kind::lost;
  Failure failure;          // its text begins with the peer's name
  bool collateral = false;  // another probe failed, and this one's connection was given up for that
};

// The kernel's figures of the connection at the end of a probe.
struct TcpFigures {
  posix::TcpInfo info;
  std::uint32_t retransmits = 0;  // since the end of the previous probe on it, or since it was made
};

struct Outcome {
  std::uint64_t sequence = 0;  // counted from 1
  tl::expected<Reply, ProbeError> result;
  std::string local;  // our end of the connection, Connection::local(); empty: there was none
  std::optional<TcpFigures> tcp{};    // std::nullopt: a Unix socket, or there was no connection
  std::uint32_t syn_retransmits = 0;  // before the connection was made, if this probe made it
};

// A connection that replaces one that had ended.
struct Reconnect {
  std::string cause;                  // why the old one ended: "closed by the server"
  std::chrono::nanoseconds after{};   // how long the old one lasted
  std::string said;                   // the text of the server's last error on it; may be empty
  std::string peer;                   // the server's end of the new one
  std::string local;                  // our end of the new one
  std::uint32_t syn_retransmits = 0;  // before the new one was made
};

// The words of a probe server about a connection, at its beginning.
struct Session {
  std::string peer;   // the server's end, as we see it
  std::string local;  // our end, as we see it
  ProbeHeader header;
};

class Statistics {
 public:
  struct Part {
    std::string_view name;  // of the Timing
    LatencyHistogram times;
  };

  void add(const Outcome& outcome);
  void add(const Reconnect& reconnect) noexcept {
    ++reconnects_;
    syn_retransmits_ += reconnect.syn_retransmits;
  }
  void add(const Session& /*session*/) noexcept {}

  // These count the probes whose outcome is known: sent() is the sum of the other three.
  [[nodiscard]] std::uint64_t sent() const noexcept { return received_ + wrong_ + lost_; }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] std::uint64_t wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t reconnects() const noexcept { return reconnects_; }
  // Return the sums over all probes, and for the SYNs over all connections too.
  [[nodiscard]] std::uint64_t retransmits() const noexcept { return retransmits_; }
  [[nodiscard]] std::uint64_t syn_retransmits() const noexcept { return syn_retransmits_; }
  // Returns lost() as a percentage of sent(), or 0 if nothing was sent.
  [[nodiscard]] double loss() const noexcept;
  // Returns the longest time that a correct answer took, or 0 if none came.
  [[nodiscard]] std::chrono::nanoseconds slowest() const;
  // Returns the times of the correctly answered probes, part by part.
  [[nodiscard]] const std::vector<Part>& parts() const noexcept { return parts_; }
  // Returns the shares of those times, "server" and "network", if there are any.
  [[nodiscard]] const std::vector<Part>& shares() const noexcept { return shares_; }
  // Returns how many correct answers had shares that cannot be true.
  [[nodiscard]] std::uint64_t unknown_shares() const noexcept { return unknown_shares_; }
  // Returns the failure of the first probe that was lost or answered wrongly, or std::nullopt if
  // there is none.
  [[nodiscard]] const std::optional<Failure>& first_failure() const noexcept { return failure_; }

 private:
  void record(const std::vector<Timing>& timings);
  void record_shares(const Reply& reply);

  std::uint64_t received_ = 0;
  std::uint64_t wrong_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t reconnects_ = 0;
  std::uint64_t retransmits_ = 0;
  std::uint64_t syn_retransmits_ = 0;
  std::vector<Part> parts_;
  std::vector<Part> shares_;
  std::uint64_t unknown_shares_ = 0;
  std::optional<Failure> failure_;
};

}  // namespace yodel::client::ping
