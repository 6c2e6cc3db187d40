// A structured log record, as in the journal: systemd.journal-fields(7).
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace yodel::log {

class Record {
 public:
  // `message_id` identifies the kind of record: 32 hexadecimal digits, sd-id128(3).
  Record(config::Level level, std::string_view message_id, std::string_view message);

  // Adds a field. Its name has only capitals, digits and '_'; its value may hold any bytes.
  Record& with(std::string_view name, std::string_view value);
  template <std::integral Integer>
  Record& with(std::string_view name, Integer value) {
    return with(name, std::to_string(value));
  }

  [[nodiscard]] config::Level level() const noexcept { return level_; }
  // Returns whether it is about one session (has YODEL_SESSION or YODEL_SESSION_PID). Peers can
  // cause any number of such records.
  [[nodiscard]] bool is_about_session() const noexcept;
  // Returns the fields, each as "NAME=value"; PRIORITY, MESSAGE_ID and MESSAGE come first.
  [[nodiscard]] const std::vector<std::string>& fields() const noexcept { return fields_; }

 private:
  config::Level level_;
  std::vector<std::string> fields_;
};

using Records = std::vector<Record>;

// The records that are about the log itself.
namespace records {
[[nodiscard]] Record journal_missing();
[[nodiscard]] Record log_writer_died();
[[nodiscard]] Record log_lost(std::uint64_t count);
}  // namespace records

}  // namespace yodel::log
