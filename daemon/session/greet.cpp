#include "protocol/greet.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/message_reader.hpp"
#include "session/conversation.hpp"

namespace yodel::session {
namespace {

using protocol::CloseReason;
using protocol::MessageReader;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Static, so pages that are never written cost nothing. Each one that is written costs a page
// fault, of about eight that a whole session takes. So the end of `replies`, where the first
// replies are written, shares a page with the start of `input`.
constexpr std::size_t page = 4096;
constexpr std::size_t first_replies = page / 2;
struct Buffers {
  std::array<char, 2 * protocol::max_message_size + first_replies> replies;
  std::array<std::byte, 2 * protocol::max_message_size> input;
};
alignas(page) Buffers buffers;
static_assert(offsetof(Buffers, input) % page == first_replies);
static_assert(sizeof buffers.input >= MessageReader::buffer_needed(protocol::max_message_size));

// Collects replies, so that one write answers all messages of one read.
class Replies {
 public:
  explicit Replies(Stream& stream) noexcept : stream_(stream) {}

  // Adds "hello, MESSAGE!" and the message's line ending, after a flush if there is no room for
  // them.
  [[nodiscard]] std::optional<CloseReason> add(const MessageReader::Next& message) noexcept {
    if (room_.size() - size_ < protocol::reply_size(message.text.size(), message.ending.size())) {
      if (const auto ended = flush()) return ended;
      room_ = buffers.replies;
    }
    append(protocol::reply_prefix);
    append(message.text);
    append(protocol::reply_suffix);
    append(message.ending);
    return std::nullopt;
  }

  [[nodiscard]] std::optional<CloseReason> flush() noexcept {
    const auto collected = std::as_bytes(room_.first(size_));
    size_ = 0;
    return stream_.write(collected);
  }

 private:
  void append(std::string_view text) noexcept {
    size_ += text.copy(room_.data() + size_, text.size());
  }

  Stream& stream_;
  std::span<char> room_ = std::span(buffers.replies).last(first_replies);
  std::size_t size_ = 0;
};

std::optional<CloseReason> answer(Stream& stream, Replies& replies,
                                  const MessageReader::Next& message,
                                  posix::Clock::duration delay) noexcept {
  if (delay > posix::Clock::duration::zero()) {
    if (const auto ended = replies.flush()) return ended;  // do not delay earlier replies further
    if (const auto ended = stream.pause(delay)) return ended;
  }
  return replies.add(message);
}

}  // namespace

CloseReason greet(Stream& stream, const protocol::Launch& terms, std::size_t welcome_sent,
                  std::uint64_t& messages) noexcept {
  MessageReader reader(terms.framing, terms.message_size, buffers.input);
  Replies replies(stream);
  if (const auto ended = stream.write(bytes_of(terms.welcome().substr(welcome_sent))))
    return *ended;

  for (;;) {
    const auto next = reader.next();
    std::optional<CloseReason> ended;
    switch (next.kind) {
      case MessageReader::Kind::message:
        if (next.text == protocol::exit_message) {
          return replies.flush().value_or(CloseReason::exit);
        }
        ended = answer(stream, replies, next, terms.delay);
        if (!ended) ++messages;
        break;
      case MessageReader::Kind::need_input:
        ended = replies.flush();
        if (!ended) ended = pass_on(stream.read(reader.space()), reader);
        break;
      case MessageReader::Kind::too_long:
        ended = replies.flush();
        if (!ended) ended = stream.write(bytes_of(protocol::too_long_error(terms.message_size)));
        return ended.value_or(CloseReason::message_too_long);
      case MessageReader::Kind::end: return replies.flush().value_or(CloseReason::eof);
    }
    if (ended) return *ended;
  }
}

}  // namespace yodel::session
