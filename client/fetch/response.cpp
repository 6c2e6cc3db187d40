#include "client/fetch/response.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <utility>

#include "client/connection/peer_failure.hpp"
#include "client/terminal/output.hpp"
#include "client/terminal/terminal_text.hpp"
#include "text/counted.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"
#include "text/size.hpp"

namespace yodel::client::fetch {
namespace {

constexpr int switching_protocols = 101;  // RFC 9110, 15
constexpr int first_success = 200;
constexpr int no_content = 204;
constexpr int partial_content = 206;
constexpr int first_redirect = 300;
constexpr int first_error = 400;

// Each coding takes memory and time, and no server needs more.
constexpr std::size_t max_codings = 5;

Result<void> show(std::string_view text, HeaderPlace place) {
  const bool output = place == HeaderPlace::standard_output;
  const int descriptor = output ? STDOUT_FILENO : STDERR_FILENO;
  const std::string_view name = output ? "standard output" : "standard error";
  if (::isatty(descriptor) == 0) return write_whole(descriptor, name, text);
  TerminalText shown;
  return write_whole(descriptor, name, shown.feed(text) + shown.finish());
}

}  // namespace

tl::unexpected<Failure> Response::wrong(const std::string& what) const {
  return tl::make_unexpected(peer_failure(ExitStatus::wrong_answer, url_, what));
}

Failure Response::too_late(const std::string& url) const {
  return peer_failure(
      ExitStatus::timed_out, text::printable(url),
      fmt::format("timed out after {} (--max-time); got {} of the body so far",
                  text::print_duration(rules_.max_time), text::counted(received_, "byte")));
}

Result<void> Response::header(std::string_view text, const std::string& url, int followed) {
  url_ = text::printable(url);
  const auto header = Header::parse(text);
  if (!header)
    return wrong("not an HTTP response: it begins with " + text::excerpt(take_line(text)));
  status_ = header->status();
  unfollowed_.reset();
  if (auto shown = show(text, rules_.header); !shown) return shown;
  const std::string answered = "the server answered " + text::printable(header->status_text());
  if (status_ == switching_protocols) return wrong(answered + ", which was not requested");
  if (status_ < first_success) return {};
  if (status_ >= first_error) {
    return tl::make_unexpected(peer_failure(ExitStatus::http_error, url_, answered));
  }
  if (!header->doubtful().empty()) {
    return wrong("malformed header field " + header->doubtful() +
                 ": its value takes two lines, or a blank precedes its colon");
  }
  if (status_ >= first_redirect) {
    const auto redirect = judge_redirect(*header, url, rules_.redirects, followed);
    unfollowed_ = redirect.unfollowed;
    return redirect.may_be_followed ? Result<void>() : tl::make_unexpected(*unfollowed_);
  }
  if (status_ == partial_content) return wrong(answered + ", but the whole page was requested");
  return begin_body(*header);
}

Result<void> Response::read_framing(const Header& header, std::vector<std::string>& codings) {
  length_.reset();
  end_is_known_ = true;
  if (status_ == no_content) {
    length_ = 0;
    return {};
  }
  auto transfer = header.list("Transfer-Encoding");
  const std::string all = fmt::format("{}", fmt::join(transfer, ", "));
  if (transfer.empty()) {
    const auto length = header.content_length();
    if (!length) return wrong(length.error());
    length_ = *length;
    end_is_known_ = length_.has_value() || !header.is_http_1();
    return {};
  }
  // RFC 9112, 6.3: Transfer-Encoding overrides Content-Length.
  const bool chunked = transfer.back() == "chunked";
  if (chunked) transfer.pop_back();
  end_is_known_ = chunked;
  if (rules_.redirects.raw) {
    if (chunked) chunks_.emplace();
    codings.insert(codings.end(), transfer.begin(), transfer.end());
    return {};
  }
  const auto is_framing = [](const std::string& name) {
    return name == "chunked" || name == "identity";
  };
  // Compressed data marks its own end.
  if ((!chunked && transfer.empty()) || std::any_of(transfer.begin(), transfer.end(), is_framing)) {
    return wrong("the Transfer-Encoding does not say where the body ends: " + text::excerpt(all));
  }
  codings.insert(codings.end(), transfer.begin(), transfer.end());
  return {};
}

Result<void> Response::make_decoders(std::vector<std::string> codings) {
  std::reverse(codings.begin(), codings.end());
  for (const auto& name : codings) {
    if (name == "identity") continue;
    const auto coding = coding_of(name);
    if (!coding) {
      return wrong(fmt::format("the body has the unknown coding {}; known are {}",
                               text::excerpt(name), accepted_codings));
    }
    if (decoders_.size() == max_codings) {
      return wrong(fmt::format("the body has more than {} codings", max_codings));
    }
    decoders_.emplace_back(*coding, url_);
  }
  return {};
}

Result<void> Response::begin_body(const Header& header) {
  decoders_.clear();
  auto codings = header.list("Content-Encoding");
  if (auto read = read_framing(header, codings); !read) return read;
  if (length_ != 0U) {
    auto made = make_decoders(std::move(codings));
    // A body that is saved as it comes need not be decoded.
    if (rules_.redirects.raw && !made) decoders_.clear();
    if (!rules_.redirects.raw && !made) return made;
  }
  if ((!decoders_.empty() && !rules_.redirects.raw) || !length_ || *length_ <= rules_.max_size)
    return {};
  return wrong(fmt::format("the page has {}, more than --max-size, {}",
                           text::counted(*length_, "byte"), text::print_size(rules_.max_size)));
}

Result<void> Response::body(std::string_view bytes) {
  if (unfollowed_) return tl::make_unexpected(*unfollowed_);
  received_ += bytes.size();
  if (!rules_.redirects.raw) return pass(0, bytes);
  const auto check = [this](std::string_view data) { look_for_end(data); };
  if (!chunks_) check(bytes);
  if (chunks_ && !chunks_->feed(bytes, check))
    return wrong("the body is not in chunks as its header says, or goes on after the last");
  return save(bytes);
}

void Response::look_for_end(std::string_view bytes) {
  // A body that is not in the coding that its header says is saved as it comes.
  if (!pass(0, bytes)) decoders_.clear();
}

Result<void> Response::pass(std::size_t stage, std::string_view bytes) {
  if (posix::Clock::now() >= deadline_) return tl::make_unexpected(too_late(url_));
  if (stage == decoders_.size()) return rules_.redirects.raw ? Result<void>() : save(bytes);
  return decoders_[stage].decode(
      bytes, [this, stage](std::string_view decoded) { return pass(stage + 1, decoded); });
}

Result<void> Response::save(std::string_view bytes) {
  if (posix::Clock::now() >= deadline_) return tl::make_unexpected(too_late(url_));
  if (bytes.size() > rules_.max_size - target_.size()) {
    return wrong(
        fmt::format("the page is larger than --max-size, {}", text::print_size(rules_.max_size)));
  }
  return target_.write(bytes);
}

Result<void> Response::finish() const {
  if (unfollowed_) return tl::make_unexpected(*unfollowed_);
  if (status_ < first_success) return wrong("no final response after a provisional one");
  if (length_ && received_ != *length_) {
    return wrong(fmt::format("the body has {}, but its header says {}",
                             text::counted(received_, "byte"), *length_));
  }
  if (chunks_ && !chunks_->is_whole()) return wrong("the body ended before its last chunk");
  // A body of no bytes at all is an empty page, not one that was cut short.
  if (received_ == 0 && end_is_known_) return {};
  for (const auto& decoder : decoders_) {
    if (auto finished = decoder.finish(); !finished) return finished;
  }
  return {};
}

}  // namespace yodel::client::fetch
