// What every way to probe a service has in common.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "client/connection/connection.hpp"
#include "client/exchange/exchange.hpp"
#include "client/ping/ending.hpp"
#include "client/ping/outcome.hpp"
#include "posix/poll.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::client::ping {

// What is probed, and how.
struct Target {
  ServerAddress server;
  std::vector<protocol::SocketAddress> addresses;  // of the server
  std::chrono::nanoseconds connect_timeout{};      // for all addresses together
  std::chrono::nanoseconds timeout{};              // for each answer
  Service service = Service::greet_lines;
  bool welcome = true;   // the service speaks first
  std::size_t size = 0;  // of a message, bytes, at least 1
};

template <typename Value>
using Step = tl::expected<Value, Mishap>;

// The message with this number, which it begins with; where there is no room for all digits, the
// last `size` of them. So it differs from its neighbours' whatever the size. It holds digits,
// letters and a space.
[[nodiscard]] std::string payload(std::uint64_t sequence, std::size_t size);

// What has gone wrong with `peer`.
[[nodiscard]] tl::unexpected<Mishap> lost(ExitStatus status, std::string_view peer,
                                          std::string_view cause);
[[nodiscard]] tl::unexpected<Mishap> timed_out(std::string_view peer,
                                               std::chrono::nanoseconds timeout,
                                               std::string_view waiting_for);
[[nodiscard]] tl::unexpected<Mishap> wrong(std::string_view peer, std::string_view expected,
                                           std::string_view received);
// The connection has ended where something was due; `received` is what came of that.
[[nodiscard]] tl::unexpected<Mishap> ended(const Connection& connection, std::string_view when);

// Each step ends early when the end has come, with a Mishap that says nothing then: ask
// Ending::has_come() first.
[[nodiscard]] Step<Connection> connect(const Target& target, const Ending& ending);
// Waits for the first bytes of the welcome and consumes them. Gives whether more of it may be on
// its way, for nothing ends a welcome.
[[nodiscard]] Step<bool> await_welcome(Connection& connection, const Target& target,
                                       Ending& ending);

// What has come, where `expected` is due. `in_welcome`: the rest of the welcome may stand before
// it, and is consumed; then it becomes false.
[[nodiscard]] Match reply_in(Connection& connection, std::string_view expected, bool& in_welcome);

// A way to send probes. It tells `settle` what has become of each, once, as soon as it is known;
// never of those that are under way when the end has come.
class Prober {
 public:
  using Settle = std::function<void(Outcome)>;

  Prober() = default;
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  Prober(Prober&&) = delete;
  Prober& operator=(Prober&&) = delete;
  virtual ~Prober() = default;

  // Whether another probe can be sent before the last one is answered.
  [[nodiscard]] virtual bool has_room() const = 0;
  // Sends one.
  virtual void start(std::uint64_t sequence) = 0;
  // Waits until something has come, or until `until`, or the end.
  virtual void wait(posix::Deadline until) = 0;
  // All is done: takes leave of the server.
  virtual void finish() = 0;
};

}  // namespace yodel::client::ping
