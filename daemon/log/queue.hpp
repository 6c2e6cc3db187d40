// The frames that wait for the log writer.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

namespace yodel::log {

class Queue {
 public:
  // The limit of bytes(). Callers of add() must enforce it.
  static constexpr std::size_t max_bytes = std::size_t{8} << 20;

  [[nodiscard]] bool is_empty() const noexcept { return frames_.empty(); }
  // Returns the total size of all frames.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  void add(std::string frame);

  // Sends as much as `socket` takes without blocking.
  void send(int socket) noexcept;
  // Call when the socket was replaced: a partly sent frame is sent again from its start.
  void restart_frame() noexcept { sent_of_first_ = 0; }

 private:
  std::deque<std::string> frames_;
  std::size_t bytes_ = 0;          // of all frames
  std::size_t sent_of_first_ = 0;  // bytes
};

}  // namespace yodel::log
