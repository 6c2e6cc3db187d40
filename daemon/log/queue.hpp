// Frames that wait for the log writer.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

namespace yodel::log {

class Queue {
 public:
  // The limit of bytes(), which the callers of add() keep.
  static constexpr std::size_t max_bytes = std::size_t{8} << 20;

  [[nodiscard]] bool is_empty() const noexcept { return frames_.empty(); }
  // Returns the size of all frames.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  void add(std::string frame);

  // Sends what `socket` takes, without waiting.
  void send(int socket) noexcept;
  // Prepares for another socket: a frame that was sent in part is sent again from its start.
  void start_again() noexcept { sent_of_first_ = 0; }

 private:
  std::deque<std::string> frames_;
  std::size_t bytes_ = 0;          // of all frames
  std::size_t sent_of_first_ = 0;  // bytes
};

}  // namespace yodel::log
