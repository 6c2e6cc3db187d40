// From text to TOML tables, with every fault on the way and not only the first.
#pragma once

#include <memory>
#include <string_view>

#include "config/diagnostic.hpp"
#include "config/toml_names.hpp"

namespace yodel::config {

// Faults that are looked for before the rest of a file is left alone.
constexpr std::size_t max_faults = 20;

struct Document {
  // What could be read: without the lines that `syntax` is about, and without the keys below a
  // faulty [header]. nullptr: a fault leaves it open what the rest means.
  std::shared_ptr<const toml::table> root;
  Diagnostics syntax;
  Diagnostics encoding;  // whatever else seems wrong with these lines follows from that
};

[[nodiscard]] Document read_document(std::string_view text);

}  // namespace yodel::config
