// The manager's ends of the two sockets that lead to an acceptor: the channel, which its sessions
// have too, brings events; over the other one, which they have not, it gets its settings.
#pragma once

#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <utility>

#include "posix/descriptor.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {

class Channel {
 public:
  // The acceptor's ends.
  struct Ends {
    posix::Descriptor channel;
    posix::Descriptor control;
  };
  // Throws std::system_error.
  [[nodiscard]] static std::pair<Channel, Ends> open();

  // Sends the settings, without waiting. Returns whether there was room
  // for them; else errno says why not.
  [[nodiscard]] bool send(const protocol::Launch& launch) const noexcept;

  struct Received {
    enum class Kind : std::uint8_t {
      event,    // `event`; std::nullopt: the record was none
      nothing,  // none waits
      closed    // the acceptor and all its sessions are gone, and all of their events were returned
    };
    Kind kind = Kind::nothing;
    pid_t sender = 0;  // the kernel's word
    std::optional<protocol::Event> event{};
  };
  // Returns the next record, without waiting.
  [[nodiscard]] Received receive() const noexcept;

  [[nodiscard]] int descriptor() const noexcept { return channel_.get(); }

 private:
  Channel(posix::Descriptor channel, posix::Descriptor control) noexcept
      : channel_(std::move(channel)), control_(std::move(control)) {}
  posix::Descriptor channel_;
  posix::Descriptor control_;
};

}  // namespace yodel::manager
