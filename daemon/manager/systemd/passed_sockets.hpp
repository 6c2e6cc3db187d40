// The sockets that systemd passes with LISTEN_FDS, sd_listen_fds(3): those of a socket unit, and
// those that a previous process has put into the descriptor store.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

// Returns the name of a listening socket in the descriptor store. The store does not accept names
// with a ':', sd_pid_notify_with_fds(3), so it is encoded.
[[nodiscard]] std::string store_name(const protocol::Endpoint& bound);

// Owns the passed sockets until listeners claim them.
class PassedSockets {
 public:
  // Takes ownership of the sockets that were passed to this process, and unsets LISTEN_FDS, so that
  // no child takes them for its own. Throws StartError if a socket of a socket unit is not a
  // listening stream socket.
  [[nodiscard]] static PassedSockets take();

  // Returns the StartHistory that a previous process has stored, or an empty descriptor.
  [[nodiscard]] posix::Descriptor take_history() noexcept { return std::move(history_); }

  struct Claimed {
    posix::Descriptor fd;
    std::string stored_as;  // its name in the descriptor store; empty for a socket unit's
  };
  // Returns the socket for `listen`, which is one of `all` listeners of the file, or std::nullopt
  // if none fits. The socket whose FileDescriptorName= is the listener's name fits first, then one
  // at its address and port, unless that is another listener's by name: no socket goes to two
  // listeners. A socket unit's socket can be claimed again after a reload has dropped it. A Unix
  // socket whose file has been removed does not fit, since nobody can connect to it.
  [[nodiscard]] std::optional<Claimed> claim(const config::Listen& listen,
                                             const std::vector<config::Listen>& all);

  // Returns the socket unit's sockets that no listener has claimed, as text. They stay open:
  // systemd listens there in any case, and a later reload may claim them.
  [[nodiscard]] std::vector<std::string> unused() const;

  struct Closed {
    std::string name;             // in the descriptor store
    protocol::Endpoint endpoint;  // the address at which it listened
  };
  // Shuts down the stored sockets that none of `listeners` would claim, so that no copy of them
  // listens any more. Returns them and the unusable entries of the store; the caller must remove
  // both from the store.
  [[nodiscard]] std::vector<Closed> close_stored_but(const std::vector<config::Listen>& listeners);

 private:
  struct Socket {
    posix::Descriptor fd;
    std::string name;
    protocol::Endpoint endpoint;
    bool was_stored = false;
    bool is_wanted = false;  // a listener of the file claims it
  };
  [[nodiscard]] Socket* find_by_name(const config::Listen& listen);
  [[nodiscard]] Socket* find(const config::Listen& listen, const std::vector<config::Listen>& all);

  std::vector<Socket> sockets_;
  std::vector<Closed> unusable_;  // entries of the store that are not listening sockets
  posix::Descriptor history_;
};

}  // namespace yodel::manager
