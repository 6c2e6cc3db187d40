#include "client/measure/request_error.hpp"

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
  std::string kinds;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto name = request_errors.at(i).name;
    if (counts.at(i) == 0) continue;
    // Of one kind there are as many as of all.
    if (counts.at(i) == all) {
      kinds = name;
      break;
    }
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", grouped(counts.at(i)), name);
  }
  auto text = fmt::format("{} failed", grouped(all));
  if (kinds.empty()) return text;
  if (first.empty() || first == kinds) return fmt::format("{}: {}", text, kinds);
  if (all > 1) return fmt::format("{}: {}; the first: {}", text, kinds, first);
  // "timed out: timed out after 300ms …" says it twice.
  if (first.starts_with(kinds)) return fmt::format("{}: {}", text, first);
  return fmt::format("{}: {}: {}", text, kinds, first);
}

}  // namespace yodel::client
