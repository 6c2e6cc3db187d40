#include "config/diagnostic.hpp"

#include <fmt/format.h>

namespace yodel::config {

std::string format(std::string_view file, const Diagnostic& diagnostic) {
  const std::string_view severity = diagnostic.severity == Severity::error ? "error" : "warning";
  const auto [line, column] = diagnostic.where;
  if (line == 0) return fmt::format("{}: {}: {}", file, severity, diagnostic.text);
  return fmt::format("{}:{}:{}: {}: {}", file, line, column, severity, diagnostic.text);
}

}  // namespace yodel::config
