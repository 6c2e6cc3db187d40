// The other end of NOTIFY_SOCKET, which systemd has in real life: sd_notify(3).
#pragma once

#include <optional>
#include <string>

#include "posix/descriptor.hpp"

namespace yodel::tests {

class NotifySocket {
 public:
  struct Notification {
    std::string text;
    posix::Descriptor fd;  // what came with it; empty: nothing did
  };

  // Binds a datagram socket to `path`, which stays when it goes. Throws std::system_error.
  explicit NotifySocket(std::string path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  // The next one that waits; nullopt: none does.
  std::optional<Notification> take();
  // Sends until it takes nothing more; gives how many it took.
  [[nodiscard]] int fill() const;

 private:
  std::string path_;
  posix::Descriptor socket_;
};

}  // namespace yodel::tests
