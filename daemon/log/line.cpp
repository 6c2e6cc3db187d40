#include "log/line.hpp"

#include <cctype>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "log/journal.hpp"
#include "text/json.hpp"
#include "text/quote.hpp"
#include "text/timestamp.hpp"

namespace yodel::log {
namespace {

std::string_view level_name(char priority) {
  switch (priority) {
    case '7': return "debug";
    case '6': return "info";
    case '5': return "notice";
    case '4': return "warning";
    default: return "err";
  }
}

void append_field(std::string& line, std::string_view field) {
  constexpr std::string_view ours = "YODEL_";
  if (!field.starts_with(ours)) return;
  field.remove_prefix(ours.size());
  const auto equals = field.find('=');
  line += ' ';
  for (const char c : field.substr(0, equals))
    line += static_cast<char>(std::tolower(c));
  line += '=';
  const auto value = field.substr(equals + 1);
  const bool quoted = value.empty() || value.find_first_of(" \"=") != std::string_view::npos;
  if (quoted) line += '"';
  text::append_escaped(line, value, quoted);
  if (quoted) line += '"';
}

void append_object(std::string& lines, const Frame& frame) {
  text::Json::Object members{{"__REALTIME_TIMESTAMP", std::to_string(frame.time_usec)}};
  const auto add = [&](std::string_view field) {
    const auto equals = field.find('=');
    members.emplace_back(field.substr(0, equals), field.substr(equals + 1));
  };
  add(identifier_field);
  for (const auto field : frame.fields)
    add(field);
  lines += to_string(text::Json(std::move(members)));
}

void append_text(std::string& lines, const Frame& frame, Reader reader) {
  // Record's constructor adds PRIORITY, MESSAGE_ID and MESSAGE first.
  const char priority = frame.fields[0].back();
  const auto message = frame.fields[2].substr(std::string_view("MESSAGE=").size());
  if (reader == Reader::journal) {
    lines += fmt::format("<{}>", priority);
  } else {
    lines += fmt::format("{}.{:03}Z {}: ", text::utc_timestamp(frame.time_usec / 1'000'000),
                         frame.time_usec / 1000 % 1000, level_name(priority));
  }
  text::append_escaped(lines, message);
  if (reader == Reader::program) {
    for (const auto field : frame.fields)
      append_field(lines, field);
  }
}

}  // namespace

Reader reader_of_stderr() {
  if (stderr_is_journal_stream()) return Reader::journal;
  return ::isatty(STDERR_FILENO) == 1 ? Reader::person : Reader::program;
}

void append_line(std::string& lines, const Frame& frame, Reader reader) {
  if (frame.output.format == config::Format::json) {
    append_object(lines, frame);
  } else {
    append_text(lines, frame, reader);
  }
  lines += '\n';
}

}  // namespace yodel::log
