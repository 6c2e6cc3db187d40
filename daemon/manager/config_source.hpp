// Where the manager's settings come from, at the start and at each reload.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "config/diagnostic.hpp"
#include "config/load.hpp"

namespace yodel::manager {

struct ConfigSource {
  std::string path;
  bool may_be_missing = false;  // then the defaults hold

  // Whether there is no such file, stat(2).
  [[nodiscard]] bool is_missing() const;
  [[nodiscard]] tl::expected<config::Loaded, config::Diagnostics> load() const;
  // What is wrong with it, or doubtful, a line each.
  [[nodiscard]] std::string describe(const config::Diagnostics& diagnostics) const;
};

}  // namespace yodel::manager
