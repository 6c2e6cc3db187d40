#include "manager/records.hpp"

#include <fmt/format.h>

#include "text/counted.hpp"
#include "text/duration.hpp"

namespace yodel::manager::records {
namespace {

using config::Level;

}  // namespace

Record start_delayed(std::uint32_t starts, std::chrono::seconds delay) {
  return {Level::warning, "c9bf8ce50d95429a850c3035c6b64aa1",
          fmt::format("started {} times in a row, in quick succession: waiting for {}", starts,
                      text::rounded_duration(delay))};
}

Record start_failed(std::string_view why) {
  return {Level::err, "d0d8279a93f640bcbf66affbf9d45494", fmt::format("cannot start: {}", why)};
}

Record listening(std::string_view listener, const config::Listen& settings) {
  return Record(Level::info, "ec858e81a90240e4a02c82bd43bba50b",
                fmt::format("listening at {} ({}, backlog {})", listener, name(settings.protocol),
                            settings.backlog))
      .with("YODEL_LISTENER", listener)
      .with("YODEL_PROTOCOL", name(settings.protocol));
}

Record taken_over(std::string_view from, std::string_view to) {
  return Record(Level::info, "a2413cd0adc84e02bea742b08747bac9",
                fmt::format("{} replaces {}", to, from))
      .with("YODEL_LISTENER", to);
}

std::string open_text(std::string_view listener) {
  return fmt::format(
      "{} is open to every network that reaches this host; to restrict it, list "
      "networks in 'allow', yodeld.toml(5)",
      listener);
}

Record listener_is_open(std::string_view listener) {
  return Record(Level::notice, "342f686cb2714198954c2ec053dd9200", open_text(listener))
      .with("YODEL_LISTENER", listener);
}

Record ready(std::size_t listeners) {
  return {
      Level::info, "0be8a5707178454e91f87f06006d4e32",
      fmt::format("yodeld " YODEL_VERSION " is ready: {}", text::counted(listeners, "listener"))};
}

Record stopping(std::chrono::milliseconds grace) {
  return {Level::info, "bc98abbfe2bd4b0eba7eec219b6d29da",
          fmt::format("stopping: sessions that owe a reply get {}, the others end at once",
                      text::rounded_duration(grace))};
}

Record grace_is_over(std::uint64_t sessions) {
  return {Level::notice, "f57afb9676af4ee282d8ed170e19df88",
          fmt::format("grace period expired, ending {}", text::counted(sessions, "session"))};
}

Record stopped(const Counters& total) {
  return {Level::info, "acf74d6222e14aa4b8bd39add874b958",
          fmt::format("stopped after {}, {} refused, {} crashed",
                      text::counted(total.accepted, "connection"), total.refused, total.crashed)};
}

Record socket_unused(std::string_view socket) {
  return {
      Level::warning, "2d5f8b4bfc5b4525a655b10b1e5b3470",
      fmt::format("the socket {} from systemd is not used: no [[listen]] has its name or address",
                  socket)};
}

Record diagnostic(std::string_view file, const config::Diagnostic& diagnostic) {
  const bool is_error = diagnostic.severity == config::Severity::error;
  Record record(is_error ? Level::err : Level::warning, "96cc5127084f49f6afe2e115bbd928df",
                config::format(file, diagnostic));
  record.with("YODEL_CONFIG_FILE", file);
  if (diagnostic.where.line > 0) {
    record.with("YODEL_CONFIG_LINE", diagnostic.where.line)
        .with("YODEL_CONFIG_COLUMN", diagnostic.where.column);
  }
  return record;
}

Record reloading(std::string_view file) {
  return {Level::info, "aee9e6b7c7d74cf7afc261eba6f7e949", fmt::format("reloading {}", file)};
}

Record reloaded(std::string_view file, std::size_t listeners) {
  return {Level::info, "693f8e94cd7148268bedac339b042f80",
          fmt::format("reloaded {}: {}", file, text::counted(listeners, "listener"))};
}

std::string count_of_errors(std::string_view file, std::size_t errors) {
  return fmt::format("{} has {}", file, text::counted(errors, "error"));
}

Record reload_failed(std::string_view why) {
  return {Level::err, "f957785d2e1c41b998ca9edfe8018d13",
          fmt::format("reload failed, keeping the previous settings: {}", why)};
}

}  // namespace yodel::manager::records
