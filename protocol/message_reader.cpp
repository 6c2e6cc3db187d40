#include "protocol/message_reader.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace yodel::protocol {
namespace {

// Returns the size of the line ending of `text`: 2, 1 or 0 bytes.
std::size_t ending_size(std::string_view text) {
  if (text.ends_with("\r\n")) return 2;
  return text.ends_with('\n') ? 1 : 0;
}

}  // namespace

MessageReader::MessageReader(Framing framing, std::size_t message_size,
                             std::span<std::byte> buffer) noexcept
    : buffer_(buffer), message_size_(message_size), framing_(framing) {
  assert(buffer.size() >= buffer_needed(message_size));
}

std::string_view MessageReader::waiting() const noexcept {
  return {reinterpret_cast<const char*>(buffer_.data()) + begin_, end_ - begin_};
}

std::span<std::byte> MessageReader::space() noexcept {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (buffer_.size() - begin_ < buffer_needed(message_size_)) {
    // The waiting bytes are the start of a line. Moving them only when the longest line might not
    // fit behind them moves each byte at most once, rather than at every read.
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto free = buffer_.subspan(end_);
  // One read is one message, so a read must not return more than the longest message.
  return framing_ == Framing::unframed ? free.first(message_size_) : free;
}

void MessageReader::received(std::size_t size) noexcept {
  end_ += size;
  if (framing_ != Framing::automatic) return;
  framing_ = waiting().find('\n') == std::string_view::npos ? Framing::unframed : Framing::lines;
}

MessageReader::Next MessageReader::next() noexcept {
  if (begin_ == end_) return {ended_ ? Kind::end : Kind::need_input, {}, {}};
  return framing_ == Framing::unframed ? next_unframed() : next_line();
}

MessageReader::Next MessageReader::take(std::size_t text, std::size_t ending) noexcept {
  const auto bytes = waiting().substr(0, text + ending);
  begin_ += bytes.size();
  searched_ = 0;
  return {Kind::message, bytes.substr(0, text), bytes.substr(text)};
}

MessageReader::Next MessageReader::next_line() noexcept {
  const auto bytes = waiting();
  const auto newline = bytes.find('\n', searched_);
  if (newline != std::string_view::npos) {
    const std::size_t ending = ending_size(bytes.substr(0, newline + 1));
    const std::size_t text = newline + 1 - ending;
    if (text > message_size_) return {Kind::too_long, {}, {}};
    return take(text, ending);
  }
  searched_ = bytes.size();
  // A '\r' at the end may be the first half of a line ending, unless the input has ended.
  const std::size_t text = bytes.size() - (bytes.back() == '\r' && !ended_ ? 1 : 0);
  if (text > message_size_) return {Kind::too_long, {}, {}};
  if (ended_) return take(bytes.size(), 0);
  return {Kind::need_input, {}, {}};
}

MessageReader::Next MessageReader::next_unframed() noexcept {
  const auto bytes = waiting().substr(0, message_size_);
  const std::size_t ending = ending_size(bytes);
  Next message = take(bytes.size() - ending, ending);
  message.ending = {};  // removed for good: an unframed reply has no newline
  return message;
}

}  // namespace yodel::protocol
