// The bytes in flight through an echo server. Pure: no system calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace yodel::client::echo {

// Keeps each byte from the input until it has been written to the output, in a ring of fixed size.
// A byte is read, sent, returned by the server, and written, in this order; a count of bytes since
// the beginning is kept for each. A view shows what is contiguous: after that is used there may be
// more.
class Window {
 public:
  explicit Window(std::size_t capacity) : ring_(capacity) {}

  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  [[nodiscard]] std::uint64_t returned() const noexcept { return returned_; }
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

  // Returns where more input may be put. It is empty if the ring is full.
  [[nodiscard]] std::span<char> room() noexcept;
  void mark_read(std::size_t size) noexcept { read_ += size; }

  [[nodiscard]] std::string_view unsent() const noexcept { return view(sent_, read_); }
  void mark_sent(std::size_t size) noexcept { sent_ += size; }

  // Returns what must come back next.
  [[nodiscard]] std::string_view due() const noexcept { return view(returned_, sent_); }
  void mark_returned(std::size_t size) noexcept { returned_ += size; }

  [[nodiscard]] std::string_view unwritten() const noexcept { return view(written_, returned_); }
  void mark_written(std::size_t size) noexcept { written_ += size; }

 private:
  [[nodiscard]] std::string_view view(std::uint64_t begin, std::uint64_t end) const noexcept;

  std::vector<char> ring_;
  std::uint64_t read_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t returned_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace yodel::client::echo
