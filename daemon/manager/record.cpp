#include "manager/record.hpp"

#include <syslog.h>

namespace yodel::manager {
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
  fields_.reserve(20);
  with("PRIORITY", static_cast<std::uint64_t>(priority_of(level)));
  with("MESSAGE_ID", message_id);
  with("MESSAGE", message);
}

Record& Record::with(std::string_view name, std::string_view value) {
  std::string& field = fields_.emplace_back();
  field.reserve(name.size() + 1 + value.size());
  field.append(name).append(1, '=').append(value);
  return *this;
}

Record& Record::with(std::string_view name, std::uint64_t value) {
  return with(name, std::to_string(value));
}

}  // namespace yodel::manager
