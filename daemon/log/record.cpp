#include "log/record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <syslog.h>

#include "text/counted.hpp"

namespace yodel::log {
namespace {

int priority_of(config::Level level) {
  switch (level) {
    case config::Level::debug: return LOG_DEBUG;
    case config::Level::info: return LOG_INFO;
    case config::Level::notice: return LOG_NOTICE;
    case config::Level::warning: return LOG_WARNING;
    case config::Level::err: return LOG_ERR;
  }
  return LOG_ERR;
}

}  // namespace

Record::Record(config::Level level, std::string_view message_id, std::string_view message)
    : level_(level) {
  with("PRIORITY", priority_of(level));
  with("MESSAGE_ID", message_id);
  with("MESSAGE", message);
}

Record& Record::with(std::string_view name, std::string_view value) {
  std::string& field = fields_.emplace_back();
  field.reserve(name.size() + 1 + value.size());
  field.append(name).append(1, '=').append(value);
  return *this;
}

bool Record::is_about_session() const noexcept {
  return std::any_of(fields_.begin(), fields_.end(),
                     [](const std::string& field) { return field.starts_with("YODEL_SESSION"); });
}

namespace records {

Record journal_missing() {
  return {config::Level::warning, "daf4bf1f121346d7999e6c27505b9ca6",
          "log.target is \"journal\", but this host has no journal: writing to standard error"};
}

Record log_writer_died() {
  return {config::Level::warning, "98197191fada48ad84537fbe93673dc3",
          "the log writer died; some records may be lost"};
}

Record log_lost(std::uint64_t count) {
  return {config::Level::warning, "725cfb3ecf124992b1ab723626ef0837",
          fmt::format("{} could not be written and are lost", text::counted(count, "log record"))};
}

}  // namespace records

}  // namespace yodel::log
