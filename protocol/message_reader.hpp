// Cuts what a peer sends into messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace yodel::protocol {

// What a message is. automatic: the first bytes that the peer sends settle it for the connection:
// a newline among them means lines, none means unframed.
enum class Framing : std::uint8_t {
  automatic,
  lines,    // a message ends at "\n" or "\r\n", however the network cut it
  unframed  // a message is what one read returns, a final "\r\n" or "\n" taken off
};

// Turns the bytes of successive reads into messages, in a buffer that the caller lends. Bytes are
// never decoded. In lines, the messages do not depend on how the bytes were cut.
//
//   for (;;) {
//     switch (const auto next = reader.next(); next.kind) { … need_input: read into reader.space(),
//       then reader.received(n), or reader.end_of_input() … }
//   }
class MessageReader {
 public:
  enum class Kind : std::uint8_t {
    message,     // `text` is one
    need_input,  // read more into space()
    too_long,    // the line is longer than message_size; there is no way on
    end          // the input has ended and every message of it was given
  };
  struct Next {
    Kind kind;
    std::string_view text;    // in the buffer: valid until the next call of space()
    std::string_view ending;  // "\n", "\r\n" or, where no line ended, nothing
  };

  // The bytes of `buffer` that a message of `message_size` needs at the least: itself and "\r\n".
  [[nodiscard]] static constexpr std::size_t buffer_needed(std::size_t message_size) {
    return message_size + 2;
  }

  // `buffer` is lent for the reader's life and holds buffer_needed(message_size) bytes or more;
  // what it holds beyond that lets one read bring many lines.
  MessageReader(Framing framing, std::size_t message_size, std::span<std::byte> buffer) noexcept;

  // Where the next read puts its bytes: as many as it may ask for, at least one. Call it only when
  // next() has said need_input.
  [[nodiscard]] std::span<std::byte> space() noexcept;
  // The read put `size` bytes, at least one, at the start of space().
  void received(std::size_t size) noexcept;
  // The peer has ended its side. What stands there without a newline is a message too.
  void end_of_input() noexcept { ended_ = true; }

  [[nodiscard]] Next next() noexcept;

 private:
  [[nodiscard]] std::string_view waiting() const noexcept;
  Next next_line() noexcept;
  Next next_unframed() noexcept;
  Next take(std::size_t text, std::size_t ending) noexcept;

  std::span<std::byte> buffer_;
  std::size_t message_size_;
  std::size_t begin_ = 0;  // what waits is [begin_, end_) of the buffer
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  // of it, the first bytes that are known to hold no newline
  Framing framing_;
  bool ended_ = false;
};

}  // namespace yodel::protocol
