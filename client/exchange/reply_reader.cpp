#include "client/exchange/reply_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "client/exchange/server_error.hpp"
#include "protocol/greet.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// Returns the size of what both begin with. Nearly always that is the whole of the shorter one,
// which the memcmp(3) behind string_view shows many times faster than a search for the difference.
std::size_t common(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  if (a.substr(0, size) == b.substr(0, size)) return size;
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                                  a.begin());
}

}  // namespace

void ReplyReader::expect(std::string_view reply) {
  due_reply_ = reply;
  if (replied_) before_.clear();
  matched_ = 0;
  newline_came_ = false;
  newline_in_message_ = false;
  due_ = true;
  asked_ = true;
  // The server's error may have begun after the last reply.
  if (!may_be_error(other_) && !is_whole_error(other_)) other_.clear();
}

Reading ReplyReader::read_bytes(std::string_view& bytes, bool more_due) {
  settle_newline(bytes);
  if (bytes.empty()) return Reading::incomplete;
  if (!due_) return read_unasked(bytes);
  if (service_.welcome && !replied_) return find_first(bytes, more_due);
  return match(bytes, more_due);
}

// Whether a newline follows the first reply decides an unknown framing.
void ReplyReader::settle_newline(std::string_view& bytes) {
  if (!newline_open_ || bytes.empty()) return;
  newline_open_ = false;
  service_.framing = bytes.front() == '\n' ? Framing::lines : Framing::unframed;
  newline_came_ = service_.framing == Framing::lines;
  if (newline_came_) bytes.remove_prefix(1);
}

void ReplyReader::keep_other(std::string_view& bytes) {
  other_ += bytes.substr(0, max_unframed - std::min(max_unframed, other_.size()));
  bytes = {};
}

Reading ReplyReader::read_unasked(std::string_view& bytes) {
  if (!service_.welcome || asked_) {
    keep_other(bytes);
    if (is_whole_error(other_)) return Reading::wrong;
    return may_be_error(other_) ? Reading::incomplete : Reading::too_much;
  }
  welcome_ += bytes;
  bytes = {};
  if (welcome_.size() > max_unframed) return Reading::too_much;
  if (is_whole_error(welcome_) || welcome_.starts_with(probe_greeting)) return Reading::wrong;
  return error_in(welcome_) ? Reading::incomplete : Reading::welcome;
}

Reading ReplyReader::find_first(std::string_view& bytes, bool more_due) {
  before_ += bytes;
  const std::string reply(due_reply_);
  std::size_t at = std::string::npos;
  std::size_t end = 0;
  Framing framing = service_.framing;
  const auto find = [&](const std::string& form, Framing meaning) {
    if (at != std::string::npos) return;
    at = before_.find(form);
    end = at + form.size();
    framing = meaning;
  };
  if (framing == Framing::unknown) {
    find(reply + '\n', Framing::lines);
    find(reply, Framing::unknown);
    find(std::string(reply).insert(reply.size() - 1, 1, '\n'), Framing::unframed);
  } else {
    find(lines_end() ? reply + '\n' : reply, framing);
  }
  if (at == std::string::npos) {
    bytes = {};
    const auto all = welcome_ + before_;
    if (is_whole_error(before_) || is_whole_error(all) || all.starts_with(probe_greeting))
      return Reading::wrong;
    const bool too_long = before_.size() > reply.size() + max_unframed;
    return too_long ? Reading::too_much : Reading::incomplete;
  }
  bytes.remove_prefix(bytes.size() - (before_.size() - end));
  newline_open_ = framing == Framing::unknown;
  service_.framing = framing;
  newline_came_ = lines_end();
  before_.resize(at);
  return replied(bytes, more_due);
}

Reading ReplyReader::match(std::string_view& bytes, bool more_due) {
  if (!other_.empty()) return hold(bytes);
  const std::size_t size = common(due_reply_.substr(matched_), bytes);
  matched_ += size;
  bytes.remove_prefix(size);
  if (matched_ == due_reply_.size()) return match_ending(bytes, more_due);
  if (bytes.empty()) return Reading::incomplete;
  const bool last = matched_ + 1 == due_reply_.size();
  if (service_.framing == Framing::unknown && last && bytes.front() == '\n' &&
      !std::exchange(newline_in_message_, true)) {
    bytes.remove_prefix(1);
    return bytes.empty() ? Reading::incomplete : match(bytes, more_due);
  }
  return hold(bytes);
}

Reading ReplyReader::match_ending(std::string_view& bytes, bool more_due) {
  if (lines_end()) {
    if (bytes.empty()) return Reading::incomplete;
    newline_came_ = bytes.front() == '\n';
    if (!newline_came_) return hold(bytes);
    bytes.remove_prefix(1);
  } else if (service_.framing == Framing::unknown) {
    newline_open_ = !newline_in_message_;
    if (newline_in_message_) service_.framing = Framing::unframed;
    settle_newline(bytes);
  }
  return replied(bytes, more_due);
}

// Keeps bytes that are not those due. They may be the beginning of the server's error.
Reading ReplyReader::hold(std::string_view& bytes) {
  keep_other(bytes);
  return matched_ == 0 && may_be_error(other_) ? Reading::incomplete : Reading::wrong;
}

Reading ReplyReader::replied(std::string_view& bytes, bool more_due) {
  replied_ = true;
  matched_ = due_reply_.size();
  if (!bytes.empty() && !more_due) {
    keep_other(bytes);
    // After a reply the server may say why it ends the connection.
    if (!may_be_error(other_) && !is_whole_error(other_)) return Reading::too_much;
  }
  due_ = false;
  welcome_.clear();
  return Reading::reply;
}

Reading ReplyReader::finish(bool ended) {
  ended_ = ended;
  if (!due_) return other_.empty() ? Reading::incomplete : Reading::too_much;
  std::string_view none;
  if (service_.welcome && !replied_) {
    if (ended && before_.ends_with(due_reply_)) {
      before_.resize(before_.size() - due_reply_.size());
      return replied(none, false);
    }
    return due_reply_.starts_with(before_) ? Reading::incomplete : Reading::wrong;
  }
  if (!other_.empty()) return Reading::wrong;
  const bool whole = ended && lines_end() && matched_ == due_reply_.size();
  return whole ? replied(none, false) : Reading::incomplete;
}

bool ReplyReader::has_other_reply() const noexcept {
  return due_ && before_.starts_with(protocol::reply_prefix) && !due_reply_.starts_with(before_);
}

ReplyReader::Time ReplyReader::wait_until(Time deadline, Time last_byte) const noexcept {
  return has_other_reply() ? std::min(deadline, last_byte + other_reply_pause) : deadline;
}

std::string ReplyReader::received() const {
  if (service_.welcome && !replied_) return asked_ ? before_ : welcome_;
  if (!due_) return other_;
  return std::string(due_reply_.substr(0, matched_)).append(newline_came_ ? "\n" : "") + other_;
}

std::optional<std::string> ReplyReader::server_error() const {
  for (const std::string& text : {received(), other_, welcome_ + before_}) {
    if (!is_whole_error(text)) continue;
    const auto error = error_in(text).value();
    return std::string(error.substr(0, error.find('\n')));
  }
  // Nothing ends a welcome, but an error that is the last line before the end of the connection is
  // not part of one.
  const auto at = ended_ && !replied_ ? received().rfind(error_prefix) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const auto last = received().substr(at + error_prefix.size());
  if (last.find('\n') + 1 != last.size()) return std::nullopt;
  return last.substr(0, last.size() - 1);
}

std::optional<protocol::Protocol> ReplyReader::other_protocol() const {
  if (replied_) return std::nullopt;
  // A server that speaks first is no echo server, whatever it answers.
  if (!welcome_.empty()) return client::other_protocol(service_, {}, welcome_ + before_);
  return client::other_protocol(service_, due_ ? due_reply_ : std::string_view(), received());
}

std::string ReplyReader::difference() const {
  const std::string got = received();
  if (const auto actual = other_protocol()) {
    return fmt::format("got {}; {}", text::excerpt(got), mismatch_of(service_, *actual));
  }
  if (!due_) return fmt::format("expected nothing, got {}", text::excerpt(got));
  const auto expected = std::string(due_reply_).append(ending_size(service_), '\n');
  std::string text =
      fmt::format("expected {}, got {}", text::excerpt(expected), text::excerpt(got));
  const std::size_t first = common(expected, got);
  // Both excerpts end before the bytes that differ.
  if (first >= text::excerpt_size) text += fmt::format(" (they differ from byte {} on)", first + 1);
  return text;
}

}  // namespace yodel::client
