#include "client/measure/request_error.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <numeric>

#include "client/measure/figures.hpp"

namespace yodel::client {

RequestError request_error_of(int error) noexcept {
  switch (error) {
    case ECONNREFUSED: return RequestError::refused;
    case ETIMEDOUT: return RequestError::timed_out;
    case ECONNRESET:
    case EPIPE: return RequestError::reset;
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return RequestError::no_resources;
    default: return RequestError::unreachable;
  }
}

std::string failures_text(const ErrorCounts& counts, std::string_view first) {
  const auto all = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  auto text = fmt::format("{} failed", grouped(all));
  if (all == 0) return text;
  // The count of an only kind is the total.
  const bool one_kind = std::find(counts.begin(), counts.end(), all) != counts.end();
  std::string kinds;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) == 0) continue;
    if (!kinds.empty()) kinds += ", ";
    if (!one_kind) kinds += grouped(counts.at(i)) + ' ';
    kinds += request_errors.at(i).name;
  }
  if (first.empty() || first == kinds) return fmt::format("{}: {}", text, kinds);
  if (!one_kind) return fmt::format("{}: {} (first: {})", text, kinds, first);
  // "timed out (timed out after 300ms …)" would say it twice.
  if (first.starts_with(kinds)) return fmt::format("{}: {}", text, first);
  return fmt::format("{}: {} ({})", text, kinds, first);
}

}  // namespace yodel::client
