// A connection to the server, on which no call waits beyond its deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/connection/connect_race.hpp"
#include "client/connection/origin.hpp"
#include "client/connection/resolve.hpp"
#include "client/connection/server_address.hpp"
#include "client/failure.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"

namespace yodel::client {

struct ConnectOptions {
  FamilyChoice family = FamilyChoice::any;
  std::chrono::nanoseconds timeout{};  // for resolving and connecting, over all addresses
  Origin origin{};
};

// Returns the server's end as messages show it: "127.0.0.1:9999", "[::1]:9999",
// "unix:/run/yodel/echo".
[[nodiscard]] std::string peer_name(const ServerAddress& server,
                                    const protocol::SocketAddress& address);

// A connected socket, with the bytes that were received on it and not consumed yet.
class Connection {
 public:
  enum class Received : std::uint8_t {
    bytes,      // received() has grown
    end,        // the server has ended its side: no more will come
    reset,      // the connection is lost, error() says how: no more will come
    timed_out,  // nothing came before the deadline
  };
  enum class Sent : std::uint8_t {
    whole,
    cut_off,    // the connection is lost, or the server ended its side first; what the server sent
                // before may be in received()
    timed_out,  // the server had not taken all of it by the deadline
  };

  // Resolves the server's name and connects to the address that answers first (ConnectRace). A
  // failure names each address that was tried and why it failed; its status is that of a timeout
  // if one of them did not answer.
  [[nodiscard]] static Result<Connection> open(const ServerAddress& server,
                                               const ConnectOptions& options);
  // Connects to addresses that were resolved earlier, waiting until `deadline` at most, and again
  // at intervals if `repeats` are given. Fails at once when the descriptor `interrupt`, which the
  // caller keeps, becomes readable; -1 stands for none.
  [[nodiscard]] static Result<Connection> open(const ServerAddress& server,
                                               const Addresses& addresses,
                                               posix::Clock::time_point deadline,
                                               int interrupt = -1, const Origin& origin = {},
                                               std::optional<ConnectRepeats> repeats = {});

  // Returns the server's end, as peer_name() has it.
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  // Returns our end, getsockname(2): "127.0.0.1:40022". Empty for a Unix socket, where our end has
  // no name.
  [[nodiscard]] std::string local() const;
  // Returns the server's end, for another connect(2).
  [[nodiscard]] const protocol::SocketAddress& address() const noexcept { return address_; }
  // Returns how many SYNs were sent again before it was made, ConnectRace::Winner.
  [[nodiscard]] std::uint32_t syn_retransmits() const noexcept { return syn_retransmits_; }
  // Returns how many bytes the kernel has taken of what was to be sent, and how many of those the
  // server's kernel has acknowledged, SIOCOUTQ in tcp(7). TCP only.
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t acknowledged() const noexcept;
  // Returns the non-blocking socket, for poll(2). The connection keeps it.
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

  // Returns the bytes received and not consumed, valid until the next call that is not const.
  [[nodiscard]] std::string_view received() const noexcept { return received_; }
  void consume(std::size_t size) { received_.erase(0, size); }
  // Returns whether nothing more will come: the server has ended its side, or the connection is
  // lost.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  // Returns why the connection is lost, an errno(3); 0 if it is not.
  [[nodiscard]] int error() const noexcept { return error_; }

  // Waits for bytes, recv(2). Takes what has already come without waiting, even after the deadline.
  Received receive(posix::Deadline deadline);
  // Sends all of `text`, send(2), and takes in what comes meanwhile, until that exceeds `text` by
  // 64 KiB: a server that answers before it has read everything would otherwise wait for us while
  // we wait for it. Raises no SIGPIPE.
  [[nodiscard]] Sent send(std::string_view text, posix::Deadline deadline);
  // Sends as much of `text` as the kernel takes without waiting, and returns its size. Returns
  // std::nullopt if the server takes no more; receive() finds what it sent before.
  [[nodiscard]] std::optional<std::size_t> send_some(std::string_view text);
  // Ends our side, shutdown(2): the server reads the end of file after all that was sent.
  void finish_sending() noexcept;

 private:
  Connection(ConnectRace::Winner winner, const protocol::SocketAddress& address, std::string peer)
      : socket_(std::move(winner.socket)),
        address_(address),
        peer_(std::move(peer)),
        syn_retransmits_(winner.syn_retransmits) {}

  posix::Descriptor socket_;
  protocol::SocketAddress address_;
  std::string peer_;
  std::uint32_t syn_retransmits_ = 0;
  std::uint64_t sent_ = 0;
  std::string received_;
  int error_ = 0;
  bool ended_ = false;
};

}  // namespace yodel::client
