#include "text/credentials.hpp"

#include <algorithm>

namespace yodel::text {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Returns the size of the scheme at the beginning of `text`, with its "://"; 0 if there is none.
std::size_t scheme_size(std::string_view text) {
  constexpr std::string_view mark = "://";
  const auto scheme = text.substr(0, text.find(mark));
  const bool is_scheme =
      scheme.size() < text.size() && !scheme.empty() && is_letter(scheme.front()) &&
      std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter(c) || std::string_view("0123456789+-.").find(c) != std::string_view::npos;
      });
  return is_scheme ? scheme.size() + mark.size() : 0;
}

}  // namespace

std::string without_credentials(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const std::size_t scheme = std::min(scheme_size(text), at);
  return std::string(text.substr(0, scheme)).append(text.substr(at + 1));
}

std::string hide_credentials(std::string_view message) {
  constexpr std::string_view mark = "://";
  std::string text;
  for (auto at = message.find(mark); at != std::string_view::npos; at = message.find(mark)) {
    text += message.substr(0, at + mark.size());
    message.remove_prefix(at + mark.size());
    const auto url = message.substr(0, message.find_first_of(" \t\n'\"/?#"));
    const auto user = url.rfind('@');
    if (user != std::string_view::npos) message.remove_prefix(user + 1);
  }
  return text.append(message);
}

}  // namespace yodel::text
