// The manager's end of the socket that an acceptor and all its sessions hold.
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
  // Returns a channel and the acceptor's end of it. Throws std::system_error.
  [[nodiscard]] static std::pair<Channel, posix::Descriptor> open();

  // Sends the launch record, the first and only one. Throws std::system_error.
  void send(const protocol::Launch& launch) const;

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

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 private:
  explicit Channel(posix::Descriptor socket) noexcept : socket_(std::move(socket)) {}
  posix::Descriptor socket_;
};

}  // namespace yodel::manager
