// The way into the journal, and whether it is taken.
#pragma once

#include <cstdint>

#include "config/settings.hpp"
#include "log/frame.hpp"

namespace yodel::log {

// Returns `target` as this host has it: journal or standard_error, and never the journal where
// there is none. automatic is the journal if standard error is a stream to it or leads nowhere; so
// a daemon that was started on a terminal, or with its errors sent to a file, writes there.
[[nodiscard]] config::Target resolve(config::Target target);

// Returns whether standard error is a stream to the journal: JOURNAL_STREAM, systemd.exec(5).
[[nodiscard]] bool stderr_is_journal_stream();

class JournalWriter {
 public:
  // Sends the fields as one record, sd_journal_sendv(3). Blocks for as long as the journal does not
  // read. Returns whether the journal took it.
  [[nodiscard]] bool write(const Fields& fields, std::int64_t time_usec);

  // Waits until the journal has read all that was sent, or for a second.
  void finish() const;

 private:
  bool has_written_ = false;
};

}  // namespace yodel::log
