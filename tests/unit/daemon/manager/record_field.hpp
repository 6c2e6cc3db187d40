// Access to the fields of a record.
#pragma once

#include <string>
#include <string_view>

#include "log/record.hpp"

namespace yodel::tests {

// Returns the value of a field, or "<none>" if the record does not have it.
inline std::string field(const log::Record& record, std::string_view name) {
  for (const auto& text : record.fields()) {
    if (text.starts_with(std::string(name) + "=")) return text.substr(name.size() + 1);
  }
  return "<none>";
}

}  // namespace yodel::tests
