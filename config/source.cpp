#include "config/source.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <utility>

#include "config/read_file.hpp"

namespace yodel::config {
namespace {

Loaded loaded_from(const std::vector<Listen>& listeners) {
  Loaded loaded;
  loaded.settings.listeners = listeners;
  // --listen is typed at a terminal, so its records go to standard error, where the user sees them.
  loaded.settings.log.target = Target::standard_error;
  loaded.listeners.resize(listeners.size());
  loaded.backlogs.resize(listeners.size());
  loaded.socket_buffers.resize(listeners.size());
  loaded.is_empty = false;
  return loaded;
}

tl::unexpected<Diagnostics> fault(std::string text) {
  return tl::unexpected(Diagnostics{{.text = std::move(text)}});
}

}  // namespace

std::string Source::name() const {
  if (!listeners.empty()) return "--listen";
  return is_standard_input(path) ? "standard input" : path;
}

bool Source::uses_defaults() const {
  struct stat file {};
  return listeners.empty() && may_be_missing && ::stat(path.c_str(), &file) < 0 && errno == ENOENT;
}

tl::expected<void, Diagnostics> Source::read_stream() {
  if (!listeners.empty() || !is_stream(path)) return {};
  auto all = config::read_stream(path, max_file_size);
  if (!all) return fault(std::move(all.error()));
  text = *std::move(all);
  return {};
}

tl::expected<Loaded, Diagnostics> Source::load() {
  if (is_in_force && !listeners.empty()) {
    return fault("there is no file to reload; restart yodeld to change its settings");
  }
  if (is_in_force && text) {
    return fault(
        "was read at startup and cannot be read again; restart yodeld to change its settings");
  }
  if (!listeners.empty()) return loaded_from(listeners);
  const bool is_missing = !text && uses_defaults();
  auto result = text ? parse(*text) : is_missing ? parse("") : config::load(path);
  if (!result) return result;
  if (text && result->is_empty) return fault("is empty; expected settings");
  if (result->is_empty && !is_empty_in_force) {
    return fault(std::string(is_missing ? "is missing" : "is empty") +
                 "; write it again, or restart yodeld to use the built-in defaults");
  }
  was_empty = result->is_empty;
  return result;
}

std::string Source::describe(const Diagnostics& diagnostics) const {
  std::string lines;
  for (const auto& diagnostic : diagnostics)
    lines += format(name(), diagnostic) + "\n";
  return lines;
}

}  // namespace yodel::config
