#include "client/fetch/header.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>

#include "text/quote.hpp"

namespace yodel::client::fetch {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto from = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(from, text.find_last_not_of(blanks) + 1 - from);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Returns the parts of `text` between the commas, without the blanks around them.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

// Returns the number that `text` is, or std::nullopt if it is not one.
std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<Header> Header::parse(std::string_view text) {
  constexpr std::size_t status_digits = 3;
  constexpr int min_status = 100;
  auto line = take_line(text);
  const auto space = line.find(' ');
  if (!line.starts_with("HTTP/") || space == std::string_view::npos) return std::nullopt;
  Header header;
  header.http_1_ = line.starts_with("HTTP/1");
  line.remove_prefix(space + 1);
  const auto status = number_of(line.substr(0, status_digits));
  if (line.size() < status_digits || !status || *status < min_status) return std::nullopt;
  header.status_ = static_cast<int>(*status);
  line.remove_prefix(status_digits);
  if (!line.empty() && line.front() != ' ') return std::nullopt;
  header.reason_ = trimmed(line);
  while (!text.empty()) {
    line = take_line(text);
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');
    if (goes_on && !header.fields_.empty()) {
      header.note_doubtful(header.fields_.back().first);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = lower_case(trimmed(line.substr(0, colon)));
    if (name.size() != colon) header.note_doubtful(name);
    header.fields_.emplace_back(name, trimmed(line.substr(colon + 1)));
  }
  return header;
}

void Header::note_doubtful(const std::string& name) {
  for (const std::string_view decisive :
       {"content-encoding", "content-length", "location", "transfer-encoding"}) {
    if (name == decisive) doubtful_ = name;
  }
}

std::string Header::status_text() const {
  return std::to_string(status_) + (reason_.empty() ? "" : " ") + reason_;
}

std::optional<std::string> Header::value(std::string_view name) const {
  const std::string key = lower_case(name);
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&key](const auto& field) {
    return field.first == key && !field.second.empty();
  });
  return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Header::list(std::string_view name) const {
  std::vector<std::string> elements;
  for (const auto& [key, value] : fields_) {
    if (key != lower_case(name)) continue;
    for (const auto part : split(value)) {
      if (!part.empty()) elements.push_back(lower_case(part));
    }
  }
  return elements;
}

tl::expected<std::optional<std::uint64_t>, std::string> Header::content_length() const {
  std::vector<std::string_view> parts;
  for (const auto& [key, value] : fields_) {
    if (key != "content-length") continue;
    for (const auto part : split(value))
      parts.push_back(part);
  }
  if (parts.empty()) return std::nullopt;
  constexpr std::uint64_t greatest = std::numeric_limits<std::int64_t>::max();
  const auto length = number_of(parts.front());
  const bool same = std::all_of(parts.begin(), parts.end(), [&length](std::string_view part) {
    return number_of(part) == length;
  });
  if (length && same && *length <= greatest) return length;
  return tl::make_unexpected(fmt::format("invalid Content-Length: {}",
                                         text::excerpt(fmt::format("{}", fmt::join(parts, ", ")))));
}

}  // namespace yodel::client::fetch
