// The sockets that systemd passes, LISTEN_FDS, sd_listen_fds(3): those of a socket unit, and those
// that the process of before has put into the descriptor store.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

// The name of a listening socket in the descriptor store, which takes none with ':' in it,
// sd_pid_notify_with_fds(3).
[[nodiscard]] std::string store_name(const protocol::Endpoint& bound);

class PassedSockets {
 public:
  // Takes over what was passed to this process, and clears LISTEN_FDS, so that no child takes it
  // for its own. Throws StartError when one of a socket unit is no listening stream socket.
  [[nodiscard]] static PassedSockets take();

  // The StartHistory that the process of before has stored; empty: there is none.
  [[nodiscard]] posix::Descriptor take_history() noexcept { return std::move(history_); }

  struct Claimed {
    posix::Descriptor fd;
    std::string stored_as;  // its name in the descriptor store; empty: it is a socket unit's
  };
  // Returns the socket for `listen`, one of `all` listeners of the file: the one whose
  // FileDescriptorName= is its name, or else one with its address and port that is no other
  // listener's by name, so that none goes to two of them; std::nullopt if none was passed. A socket
  // unit's can be claimed again after a reload has dropped it; of a Unix socket, whose file is
  // gone, nobody has use.
  [[nodiscard]] std::optional<Claimed> claim(const config::Listen& listen,
                                             const std::vector<config::Listen>& all);

  // Those of a socket unit that nobody has claimed, as text. They stay open: systemd listens there
  // in any case, and a reload may claim them.
  [[nodiscard]] std::vector<std::string> unused() const;

  struct Closed {
    std::string name;             // in the descriptor store
    protocol::Endpoint endpoint;  // where it has listened
  };
  // Ends those of the store that none of `listeners` would claim, and what is there and is of no
  // use. They listen no more, whoever holds a copy of them; to be taken out of the store by name.
  [[nodiscard]] std::vector<Closed> close_stored_but(const std::vector<config::Listen>& listeners);

 private:
  struct Socket {
    posix::Descriptor fd;
    std::string name;
    protocol::Endpoint endpoint;
    bool was_stored = false;
    bool is_wanted = false;  // by a listener of the file
  };
  [[nodiscard]] Socket* find_by_name(const config::Listen& listen);
  [[nodiscard]] Socket* find(const config::Listen& listen, const std::vector<config::Listen>& all);

  std::vector<Socket> sockets_;
  std::vector<Closed> useless_;  // what was stored and is no listening socket
  posix::Descriptor history_;
};

}  // namespace yodel::manager
