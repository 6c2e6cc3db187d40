#include "client/measure/request_error.hpp"

#include <fmt/format.h>

namespace yodel::client {

std::string to_string(const ErrorCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.at(i), request_errors.at(i));
  }
  return text;
}

}  // namespace yodel::client
