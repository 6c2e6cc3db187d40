// The receiving end of NOTIFY_SOCKET, in place of systemd: sd_notify(3).
#pragma once

#include <optional>
#include <string>

#include "posix/descriptor.hpp"

namespace yodel::tests {

class NotifySocket {
 public:
  struct Notification {
    std::string text;
    posix::Descriptor fd;  // the descriptor that came with it, or empty
  };

  // Binds a datagram socket to `path`, which the destructor does not remove. Throws
  // std::system_error.
  explicit NotifySocket(std::string path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  // Returns the next notification that waits, or std::nullopt if there is none.
  std::optional<Notification> take();
  // Sends until the socket takes nothing more. Returns how many it took.
  [[nodiscard]] int fill() const;

 private:
  std::string path_;
  posix::Descriptor socket_;
};

}  // namespace yodel::tests
