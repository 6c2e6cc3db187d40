// The sockets that systemd passes: LISTEN_FDS, sd_listen_fds(3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

class PassedSockets {
 public:
  // Takes over what was passed to this process, and clears LISTEN_FDS, so that no child takes it
  // for its own. Throws StartError when one of them is no listening stream socket.
  [[nodiscard]] static PassedSockets take();

  // The socket for this listener: its FileDescriptorName= is the listener's name, or else its
  // address and port are the listener's. nullopt: none was passed.
  [[nodiscard]] std::optional<posix::Descriptor> claim(const config::Listen& listen);

  // What nobody has claimed, as text. It stays open: systemd listens there in any case, and a
  // reload may claim it.
  [[nodiscard]] std::vector<std::string> unused() const;

 private:
  struct Socket {
    posix::Descriptor fd;
    std::string name;
    protocol::Endpoint endpoint;
  };
  std::vector<Socket> sockets_;
};

}  // namespace yodel::manager
