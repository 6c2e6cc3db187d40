#include <algorithm>
#include <charconv>

#include "protocol/probe.hpp"
#include "text/duration.hpp"

namespace yodel::protocol::probe {
namespace {

constexpr std::string_view after_word = "after=";
constexpr std::string_view size_word = "size=";
constexpr std::string_view data_word = "data=";

void skip_spaces(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
}

// Removes everything before the next space and returns it.
std::string_view take_word(std::string_view& rest) noexcept {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

bool is_id(std::string_view word) noexcept {
  return word.size() <= max_id_size &&
         std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<Problem> parse_after(std::string_view value, const Limits& limits,
                                   Request& request) noexcept {
  const auto after = text::parse_duration(value);
  if (!after || *after > limits.max_after) return Problem::bad_after;
  request.after = *after;
  return std::nullopt;
}

std::optional<Problem> parse_size(std::string_view value, const Limits& limits,
                                  Request& request) noexcept {
  const char* const end = value.data() + value.size();
  std::size_t size = 0;
  const auto [stop, error] = std::from_chars(value.data(), end, size);
  if (error != std::errc{} || stop != end) return Problem::bad_size;
  if (size == 0 || size > limits.max_size) return Problem::bad_size;
  request.size = size;
  return std::nullopt;
}

std::optional<Problem> parse_word(std::string_view word, const Limits& limits,
                                  Request& request) noexcept {
  if (word.starts_with(after_word)) {
    return parse_after(word.substr(after_word.size()), limits, request);
  }
  if (word.starts_with(size_word)) {
    return parse_size(word.substr(size_word.size()), limits, request);
  }
  if (word != "info") return Problem::unknown_word;
  request.info = true;
  return std::nullopt;
}

}  // namespace

tl::expected<Request, BadRequest> parse_request(std::string_view line,
                                                const Limits& limits) noexcept {
  skip_spaces(line);
  if (line.empty()) return tl::unexpected(BadRequest{.problem = Problem::no_id});
  Request request{.id = take_word(line)};
  if (!is_id(request.id)) return tl::unexpected(BadRequest{.problem = Problem::bad_id});
  for (skip_spaces(line); !line.empty(); skip_spaces(line)) {
    if (line.starts_with(data_word)) {
      request.data = line.substr(data_word.size());
      break;
    }
    const std::string_view word = take_word(line);
    if (const auto problem = parse_word(word, limits, request)) {
      return tl::unexpected(BadRequest{.problem = *problem, .id = request.id, .word = word});
    }
  }
  return request;
}

}  // namespace yodel::protocol::probe
