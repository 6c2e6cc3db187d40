// The manager's ends of the two sockets between it and an acceptor. Events come over the channel,
// which the acceptor shares with its sessions; settings go over the control socket, which it does
// not.
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
  // Opens both sockets. Throws std::system_error.
  [[nodiscard]] static std::pair<Channel, Ends> open();

  // Sends the settings without blocking. Returns whether they were sent; if not, errno says why.
  [[nodiscard]] bool send(const protocol::Launch& launch) const noexcept;

  struct Received {
    enum class Kind : std::uint8_t {
      event,    // a record: `event`, which is std::nullopt if it was invalid
      nothing,  // no record is waiting
      closed    // the acceptor and all its sessions are gone, and all their records were returned
    };
    Kind kind = Kind::nothing;
    pid_t sender = 0;  // as reported by the kernel
    std::optional<protocol::Event> event{};
  };
  // Returns the next record without blocking.
  [[nodiscard]] Received receive() const noexcept;

  [[nodiscard]] int descriptor() const noexcept { return channel_.get(); }

 private:
  Channel(posix::Descriptor channel, posix::Descriptor control) noexcept
      : channel_(std::move(channel)), control_(std::move(control)) {}
  posix::Descriptor channel_;
  posix::Descriptor control_;
};

}  // namespace yodel::manager
