#include "manager/config_source.hpp"

#include <cerrno>
#include <sys/stat.h>

namespace yodel::manager {

bool ConfigSource::is_missing() const {
  struct stat file {};
  return ::stat(path.c_str(), &file) < 0 && errno == ENOENT;
}

tl::expected<config::Loaded, config::Diagnostics> ConfigSource::load() const {
  return may_be_missing && is_missing() ? config::parse("") : config::load(path);
}

std::string ConfigSource::describe(const config::Diagnostics& diagnostics) const {
  std::string lines;
  for (const auto& diagnostic : diagnostics)
    lines += config::format(path, diagnostic) + "\n";
  return lines;
}

}  // namespace yodel::manager
