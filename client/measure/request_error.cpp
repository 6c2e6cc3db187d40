#include "client/measure/request_error.hpp"

#include <cerrno>
#include <fmt/format.h>

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

std::string errors_text(const ErrorCounts& counts, std::string_view first) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.at(i), request_errors.at(i));
  }
  return first.empty() ? text : fmt::format("{}; the first: {}", text, first);
}

}  // namespace yodel::client
