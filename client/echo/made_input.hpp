// Bytes to send where nobody gives any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "client/echo/window.hpp"
#include "posix/poll.hpp"

namespace yodel::client::echo {

// The input that is made: `size` bytes, or until `end`, whatever comes first.
class MadeInput {
 public:
  MadeInput(std::optional<std::uint64_t> size, posix::Deadline end) : size_(size), end_(end) {}

  // Puts as much into `window` as it has room for. Returns whether that was the last.
  [[nodiscard]] bool fill(Window& window) const;

 private:
  std::optional<std::uint64_t> size_;
  posix::Deadline end_;
};

// Fills `room` with the bytes from the place `offset` on of a sequence that is always the same and
// does not repeat: a byte that is lost, doubled or in another place makes those behind it differ.
void fill_pattern(std::span<char> room, std::uint64_t offset) noexcept;

}  // namespace yodel::client::echo
