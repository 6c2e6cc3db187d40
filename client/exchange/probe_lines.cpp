#include "client/exchange/probe_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

#include "client/exchange/service.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

using std::chrono::nanoseconds;

constexpr std::string_view data_key = "data=";
constexpr std::string_view error_key = "error=";

// Returns the next word of `line`, without the space after it, and removes both.
std::string_view next_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

std::optional<std::uint64_t> whole_number(std::string_view digits, int base = 10) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// "%41" becomes "A"; a '%' without two hexadecimal digits stays what it is.
std::string percent_decoded(std::string_view text) {
  constexpr std::size_t digits = 2;
  constexpr int base = 16;
  std::string decoded;
  while (!text.empty()) {
    const auto code = text.front() == '%' && text.size() > digits
                          ? whole_number(text.substr(1, digits), base)
                          : std::nullopt;
    decoded += code ? static_cast<char>(*code) : text.front();
    text.remove_prefix(code ? digits + 1 : 1);
  }
  return decoded;
}

// Reads "SECONDS.NANOSECONDS", the latter with nine digits.
std::optional<nanoseconds> time_in(std::string_view text) {
  constexpr std::size_t decimals = 9;
  // A signed number of nanoseconds holds 292 years: until 2262.
  constexpr std::uint64_t max_seconds = 9'000'000'000;
  const auto point = text.find('.');
  if (point == std::string_view::npos || text.size() - point - 1 != decimals) return std::nullopt;
  const auto seconds = whole_number(text.substr(0, point));
  const auto fraction = whole_number(text.substr(point + 1));
  if (!seconds || !fraction || *seconds > max_seconds) return std::nullopt;
  return std::chrono::seconds(*seconds) + nanoseconds(*fraction);
}

// Reads a word of a reply. Returns what is wrong with it, or an empty text.
std::string read_word(std::string_view word, ProbeReply& reply) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  if (equals == std::string_view::npos || key.empty()) {
    return fmt::format("{} is no KEY=VALUE", text::excerpt(word));
  }
  const auto value = word.substr(equals + 1);
  if (key == "rx" || key == "tx") {
    const auto time = time_in(value);
    (key == "rx" ? reply.rx : reply.tx) = time;
    return time ? std::string() : fmt::format("{} is no time", key);
  }
  constexpr std::array<std::string_view, 4> counts{"retransmits", "rtt_us", "min_rtt_us", "mss"};
  const bool counts_it = std::ranges::find(counts, key) != counts.end();
  return !counts_it || whole_number(value) ? std::string() : fmt::format("{} is no number", key);
}

}  // namespace

std::optional<ProbeHeader> ProbeHeader::parse(std::string_view line) {
  if (!line.starts_with(probe_greeting)) return std::nullopt;
  line.remove_prefix(probe_greeting.size());
  ProbeHeader header;
  while (!line.empty()) {
    const auto word = next_word(line);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    header.entries_.emplace_back(word.substr(0, equals), percent_decoded(word.substr(equals + 1)));
  }
  return header;
}

std::optional<std::string> ProbeHeader::find(std::string_view key) const {
  const auto found = std::ranges::find(entries_, key, &Entry::first);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ProbeHeader::Entry> ProbeHeader::syn() const {
  constexpr std::string_view prefix = "syn.";
  std::vector<Entry> found;
  for (const auto& [key, value] : entries_)
    if (key.starts_with(prefix)) found.emplace_back(key.substr(prefix.size()), value);
  return found;
}

tl::expected<ProbeReply, std::string> parse_probe_reply(std::string_view line) {
  ProbeReply reply;
  reply.id = next_word(line);
  if (line.starts_with(error_key)) {
    reply.error = line.substr(error_key.size());
    return reply;
  }
  while (!line.empty()) {
    if (line.starts_with(data_key)) {
      reply.data = line.substr(data_key.size());
      break;
    }
    if (auto wrong = read_word(next_word(line), reply); !wrong.empty()) {
      return tl::make_unexpected(std::move(wrong));
    }
  }
  if (!reply.tx) return tl::make_unexpected("it has no tx");
  return reply;
}

}  // namespace yodel::client
