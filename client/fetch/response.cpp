#include "client/fetch/response.hpp"

#include <charconv>
#include <fmt/format.h>
#include <unistd.h>

#include "client/terminal/output.hpp"
#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

constexpr int first_error = 400;
constexpr std::size_t status_digits = 3;

// Takes the first line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string for_terminal(std::string_view text) {
  std::string result;
  while (!text.empty())
    result += text::printable(take_line(text)) + "\n";
  return result;
}

Result<void> show(std::string_view text, HeaderPlace place) {
  const bool output = place == HeaderPlace::standard_output;
  const int descriptor = output ? STDOUT_FILENO : STDERR_FILENO;
  const std::string_view name = output ? "standard output" : "standard error";
  if (::isatty(descriptor) != 0) return write_whole(descriptor, name, for_terminal(text));
  return write_whole(descriptor, name, text);
}

}  // namespace

std::optional<StatusLine> parse_status_line(std::string_view line) {
  const auto space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos) return std::nullopt;
  line.remove_prefix(space + 1);
  const auto digits = line.substr(0, status_digits);
  StatusLine result;
  const auto* const end = digits.data() + digits.size();
  if (digits.size() < status_digits ||
      std::from_chars(digits.data(), end, result.status).ptr != end || result.status <= 0) {
    return std::nullopt;
  }
  line.remove_prefix(status_digits);
  if (!line.empty() && line.front() != ' ') return std::nullopt;
  if (line.size() > 1) result.reason = line.substr(1);
  return result;
}

Result<void> Response::header(std::string_view text, const std::string& url) {
  auto rest = text;
  const auto first = take_line(rest);
  const auto line = parse_status_line(first);
  if (!line) {
    return failure(ExitStatus::wrong_answer,
                   fmt::format("{}: no HTTP answer: it begins with {}", text::printable(url),
                               text::excerpt(first)));
  }
  status_ = line->status;
  if (auto shown = show(text, place_); !shown) return shown;
  if (status_ < first_error) return {};
  return failure(ExitStatus::http_error,
                 fmt::format("{}: the server answered {}{}{}", text::printable(url), status_,
                             line->reason.empty() ? "" : " ", text::printable(line->reason)));
}

}  // namespace yodel::client::fetch
