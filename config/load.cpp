#include "config/load.hpp"

#include <algorithm>
#include <utility>

#include "config/listeners.hpp"
#include "config/read_file.hpp"
#include "config/syntax.hpp"
#include "config/table_reader.hpp"
#include "protocol/greet.hpp"
#include "protocol/probe.hpp"

namespace yodel::config {
namespace {

using protocol::Framing;

void read_greet(TableReader table, Greet& greet) {
  table.text("welcome", greet.welcome, protocol::max_welcome_size);
  table.duration("delay", greet.delay);
  table.number("message_size", greet.message_size, {1, protocol::max_message_size});
  table.word("framing", greet.framing, {Framing::automatic, Framing::lines, Framing::unframed});
  table.refuse_others();
}

void read_probe(TableReader table, Probe& probe) {
  table.number("max_size", probe.max_size,
               {protocol::probe::min_max_size, protocol::probe::max_max_size});
  table.refuse_others();
}

void read_limits(TableReader table, Limits& limits) {
  table.number("sessions", limits.sessions, {1, 4194304});  // the most pids that Linux has, proc(5)
  table.number("sessions_per_source", limits.sessions_per_source, {0, 4194304});
  table.duration("idle_timeout", limits.idle_timeout);
  table.duration("session_timeout", limits.session_timeout);
  table.duration("peer_timeout", limits.peer_timeout, max_peer_timeout);
  table.refuse_others();
}

// Reads [reload] or [shutdown].
void read_grace(TableReader table, std::chrono::milliseconds& grace) {
  table.duration("grace", grace);
  table.refuse_others();
}

void read_log(TableReader table, Log& log) {
  table.word("level", log.level,
             {Level::debug, Level::info, Level::notice, Level::warning, Level::err});
  table.word("target", log.target, {Target::automatic, Target::journal, Target::standard_error});
  table.word("format", log.format, {Format::text, Format::json});
  table.refuse_others();
}

Loaded read(const toml::table& root, Diagnostics& faults) {
  Loaded loaded;
  Settings& settings = loaded.settings;
  TableReader file(root, "", faults);
  auto listeners = read_listeners(file.tables("listen"), faults);
  if (const auto* table = file.table("greet"))
    read_greet({*table, "[greet]", faults}, settings.greet);
  if (const auto* table = file.table("probe"))
    read_probe({*table, "[probe]", faults}, settings.probe);
  if (const auto* table = file.table("limits")) {
    read_limits({*table, "[limits]", faults}, settings.limits);
    loaded.sessions = TableReader(*table, "[limits]", faults).where("sessions");
  }
  if (const auto* table = file.table("reload")) {
    read_grace({*table, "[reload]", faults}, settings.reload.grace);
  }
  if (const auto* table = file.table("shutdown")) {
    read_grace({*table, "[shutdown]", faults}, settings.shutdown.grace);
  }
  if (const auto* table = file.table("log")) read_log({*table, "[log]", faults}, settings.log);
  file.refuse_others();

  loaded.is_empty = file.is_empty();
  refuse_duplicates(listeners, faults);
  if (listeners.empty()) {
    for (Listen& listen : default_listeners())
      listeners.push_back({.listen = std::move(listen)});
  }
  for (ReadListener& listener : listeners) {
    if (listener.socket_buffer.line == 0) {
      listener.listen.socket_buffer = default_socket_buffer(listener.listen, settings);
    }
    settings.listeners.push_back(std::move(listener.listen));
    loaded.listeners.push_back(listener.where);
    loaded.backlogs.push_back(listener.backlog);
    loaded.socket_buffers.push_back(listener.socket_buffer);
  }
  return loaded;
}

}  // namespace

tl::expected<Loaded, Diagnostics> parse(std::string_view text) {
  const auto root = read_document(text);
  if (!root) return tl::unexpected(Diagnostics{root.error()});
  Diagnostics faults;
  Loaded loaded = read(**root, faults);
  if (faults.empty()) return loaded;
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.where < b.where; });
  return tl::unexpected(std::move(faults));
}

tl::expected<Loaded, Diagnostics> load(const std::string& path) {
  const auto text = read_file(path, max_file_size);
  if (!text) return tl::unexpected(Diagnostics{{.text = text.error()}});
  return parse(*text);
}

}  // namespace yodel::config
