// A connection to the server: what is sent and received on it, never for longer than a deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/connection/origin.hpp"
#include "client/connection/resolve.hpp"
#include "client/connection/server_address.hpp"
#include "client/failure.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::client {

struct ConnectOptions {
  FamilyChoice family = FamilyChoice::any;
  std::chrono::nanoseconds timeout{};  // for resolving and connecting, all addresses together
  Origin origin{};
};

// The server's end as it is shown: "127.0.0.1:9999", "[::1]:9999", "unix:/run/yodel/echo".
[[nodiscard]] std::string peer_name(const ServerAddress& server,
                                    const protocol::SocketAddress& address);

// Owns a connected socket and what came in on it but was not consumed yet.
class Connection {
 public:
  enum class Received : std::uint8_t {
    bytes,      // received() has grown
    end,        // the server has ended its side: there will be no more
    reset,      // the connection is lost, error() says how: there will be no more
    timed_out,  // nothing came until the deadline
  };
  enum class Sent : std::uint8_t {
    whole,
    cut_off,    // the server does not take it any more; what it had to say may be in received()
    timed_out,  // the server did not take it all until the deadline
  };

  // Resolves and connects, connect(2), to the address that answers first (ConnectRace). The failure
  // names every address that was tried and its cause; it is a timeout where one of them did not
  // answer.
  [[nodiscard]] static Result<Connection> open(const ServerAddress& server,
                                               const ConnectOptions& options);
  // The same with addresses that were resolved before, until `deadline` at the most. It fails at
  // once when `interrupt` can be read, a descriptor, or -1 for none, which stays the caller's.
  [[nodiscard]] static Result<Connection> open(const ServerAddress& server,
                                               const Addresses& addresses,
                                               posix::Clock::time_point deadline,
                                               int interrupt = -1, const Origin& origin = {});

  // The server's end, peer_name().
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  // Returns our end, getsockname(2): "127.0.0.1:40022"; empty for a Unix socket, where it has no
  // name.
  [[nodiscard]] std::string local() const;
  // The socket, non-blocking, still owned here: for poll(2).
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

  // What has come in and was not consumed. Valid until the next call that is not const.
  [[nodiscard]] std::string_view received() const noexcept { return received_; }
  void consume(std::size_t size) { received_.erase(0, size); }
  // Nothing more will come: the server has ended its side, or the connection is lost.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  // Why it is lost, errno(3); 0: it is not.
  [[nodiscard]] int error() const noexcept { return error_; }

  // Waits until something comes, recv(2). What is there already is taken without waiting, also when
  // the deadline has passed.
  Received receive(posix::Deadline deadline);
  // Sends the whole of `text`, send(2), and takes in what comes meanwhile: a server that answers
  // before it has read everything would wait for us as we for it. No SIGPIPE.
  [[nodiscard]] Sent send(std::string_view text, posix::Deadline deadline);
  // Sends as much of `text` as is taken without waiting, and gives how many bytes those are.
  // nullopt: the server takes nothing any more; receive() tells what it had to say.
  [[nodiscard]] std::optional<std::size_t> send_some(std::string_view text);
  // Ends our side, shutdown(2): the server reads the end of file behind all that was sent.
  void finish_sending() noexcept;

 private:
  Connection(posix::Descriptor socket, std::string peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}

  posix::Descriptor socket_;
  std::string peer_;
  std::string received_;
  int error_ = 0;
  bool ended_ = false;
};

}  // namespace yodel::client
