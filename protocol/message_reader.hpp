// Splits the bytes that a peer sends into messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace yodel::protocol {

// Where a message ends.
enum class Framing : std::uint8_t {
  automatic,  // the first read decides: `lines` if it contains a newline, otherwise `unframed`
  lines,      // a message ends at "\n" or "\r\n", no matter how the network segments the bytes
  unframed    // a message is what one read returns, without a final "\r\n" or "\n"
};

// Turns the bytes of successive reads into messages, in a buffer that the caller owns. Does not
// decode the bytes: invalid UTF-8 and NULs pass through. With Framing::lines the messages do not
// depend on how the reads divide the bytes.
//
//   for (;;) {
//     switch (const auto next = reader.next(); next.kind) { … need_input: read into reader.space(),
//       then reader.received(n), or reader.end_of_input() … }
//   }
class MessageReader {
 public:
  enum class Kind : std::uint8_t {
    message,     // `text` is the next message
    need_input,  // the caller must read more into space()
    too_long,    // the line is longer than message_size; the reader cannot go on
    end          // the input has ended and next() has returned every message
  };
  struct Next {
    Kind kind;
    std::string_view text;    // points into the buffer; valid until the next call of space()
    std::string_view ending;  // "\n" or "\r\n"; empty if there was none, always if unframed
  };

  // Returns the smallest size of a buffer, in bytes, for messages of `message_size`: that of one
  // message and "\r\n".
  [[nodiscard]] static constexpr std::size_t buffer_needed(std::size_t message_size) {
    return message_size + 2;
  }

  // `buffer` must have at least buffer_needed(message_size) bytes and outlive the reader. With a
  // larger one, one read can return many lines.
  MessageReader(Framing framing, std::size_t message_size, std::span<std::byte> buffer) noexcept;

  // Returns where the next read must put its bytes, and how many it may ask for: at least one. Call
  // it only after next() has returned need_input, or before the first read.
  [[nodiscard]] std::span<std::byte> space() noexcept;
  // Adds the `size` bytes, at least one, that the caller has read into the start of space().
  void received(std::size_t size) noexcept;
  // Marks the end of the peer's data. Bytes without a final newline are a message too.
  void end_of_input() noexcept { ended_ = true; }

  // Returns the next message, or what the caller must do instead.
  [[nodiscard]] Next next() noexcept;

 private:
  [[nodiscard]] std::string_view waiting() const noexcept;
  Next next_line() noexcept;
  Next next_unframed() noexcept;
  Next take(std::size_t text, std::size_t ending) noexcept;

  std::span<std::byte> buffer_;
  std::size_t message_size_;
  std::size_t begin_ = 0;  // the waiting bytes are [begin_, end_) of the buffer
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  // the number of waiting bytes that are known to contain no newline
  Framing framing_;
  bool ended_ = false;
};

}  // namespace yodel::protocol
