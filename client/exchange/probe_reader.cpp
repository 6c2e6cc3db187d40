#include "client/exchange/probe_reader.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "client/exchange/server_error.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// Returns whether one of the two begins with the other.
bool agree(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

bool is_whole(std::string_view line) {
  return line.ends_with('\n');
}

// The ID of an error about a request whose own ID the server cannot tell.
constexpr std::string_view no_id = "-";

std::string_view without_newline(std::string_view line) {
  return line.substr(0, line.size() - (is_whole(line) ? 1 : 0));
}

}  // namespace

void ProbeReader::expect(std::string_view reply) {
  due_reply_ = reply;
  due_ = true;
  fault_.clear();
}

Reading ProbeReader::read_bytes(std::string_view& bytes, bool more_due) {
  if (bytes.empty()) return Reading::incomplete;
  if (!header_) return read_header(bytes);
  return due_ ? read_reply(bytes, more_due) : read_unasked(bytes);
}

bool ProbeReader::read_line(std::string_view& bytes) {
  // After a line that is wrong, nothing is read as the next one.
  if (is_whole(line_)) return true;
  const auto end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
  line_ += bytes.substr(0, end);
  bytes.remove_prefix(end);
  return is_whole(line_);
}

Reading ProbeReader::read_unasked(std::string_view& bytes) {
  line_ += bytes.substr(0, max_unframed - std::min(max_unframed, line_.size()));
  bytes = {};
  if (is_whole_error(line_)) return Reading::wrong;
  return may_be_error(line_) ? Reading::incomplete : Reading::too_much;
}

bool ProbeReader::is_promising() const {
  if (may_be_error(line_)) return true;
  if (is_whole(line_)) return false;
  if (!header_) return agree(line_, probe_greeting);
  return agree(line_, std::string(due_id()) + ' ') || agree(line_, std::string(no_id) + ' ');
}

Reading ProbeReader::read_header(std::string_view& bytes) {
  const bool whole = read_line(bytes);
  if (line_.size() > max_header) return Reading::too_much;
  if (!whole) return is_promising() ? Reading::incomplete : Reading::wrong;
  header_ = ProbeHeader::parse(without_newline(line_));
  if (!header_) return Reading::wrong;
  line_.clear();
  // After the header the server may say why it ends the connection.
  if (!bytes.empty() && read_unasked(bytes) == Reading::too_much) return Reading::too_much;
  return Reading::welcome;
}

Reading ProbeReader::read_reply(std::string_view& bytes, bool more_due) {
  const bool whole = read_line(bytes);
  if (line_.size() > due_reply_.size() + max_overhead) {
    fault_ = "it is too long";
    return Reading::too_much;
  }
  if (!whole) return is_promising() ? Reading::incomplete : Reading::wrong;
  fault_ = fault_of_reply();
  if (!fault_.empty()) return Reading::wrong;
  reply_size_ = line_.size();
  line_.clear();
  due_ = false;
  // As after the header.
  if (!bytes.empty() && !more_due && read_unasked(bytes) == Reading::too_much)
    return Reading::too_much;
  return Reading::reply;
}

std::string ProbeReader::fault_of_reply() {
  const auto reply = parse_probe_reply(without_newline(line_));
  if (!reply) return reply.error();
  const auto id = due_id();
  if (reply->error && (reply->id == id || reply->id == no_id)) {
    answers_error_ = true;
    return error_text(*reply->error);
  }
  if (reply->id != id) return "its ID is another one";
  if (!reply->data) return "it has no data";
  const auto sent = due_reply_.substr(id.size() + probe_data_word.size());
  const auto& data = *reply->data;
  if (data != sent) {
    const auto [a, b] = std::mismatch(data.begin(), data.end(), sent.begin(), sent.end());
    return fmt::format("its data differs from byte {} on", a - data.begin() + 1);
  }
  server_time_ = reply->rx ? std::optional(*reply->tx - *reply->rx) : std::nullopt;
  return {};
}

Reading ProbeReader::finish(bool /*ended*/) {
  if (line_.empty()) return Reading::incomplete;
  if (header_ && !due_) return Reading::too_much;
  return is_promising() ? Reading::incomplete : Reading::wrong;
}

std::optional<std::string> ProbeReader::server_error() const {
  if (!is_whole_error(line_)) return std::nullopt;
  const auto error = error_in(line_).value();
  return std::string(error.substr(0, error.find('\n')));
}

std::string ProbeReader::difference() const {
  const auto got = text::excerpt(line_);
  if (!header_) {
    if (const auto actual = other_protocol(service_, {}, line_)) {
      return fmt::format("got {}; {}", got, mismatch_of(service_, *actual));
    }
    return fmt::format("expected '{}…', got {}", probe_greeting, got);
  }
  if (!due_) return fmt::format("expected nothing, got {}", got);
  if (answers_error_) return fault_;
  return fmt::format("expected the reply to {}, got {}{}", text::excerpt(due_id()), got,
                     fault_.empty() ? "" : fmt::format(" ({})", fault_));
}

}  // namespace yodel::client
