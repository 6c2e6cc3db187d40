// Writes to the journal, and decides whether to.
#pragma once

#include <cstdint>

#include "config/settings.hpp"
#include "log/frame.hpp"

namespace yodel::log {

// Returns where `target` leads on this host: journal, if it exists, or standard_error. automatic
// means the journal if standard error is a stream to it, /dev/null or closed. So a daemon started
// on a terminal, or with its errors redirected to a file, writes there.
[[nodiscard]] config::Target resolve(config::Target target);

// Returns whether standard error is a stream to the journal, by JOURNAL_STREAM, systemd.exec(5).
[[nodiscard]] bool stderr_is_journal_stream();

class JournalWriter {
 public:
  // Sends the fields as one record, sd_journal_sendv(3). Blocks while the journal does not read.
  // Returns whether the journal accepted the record.
  [[nodiscard]] bool write(const Fields& fields, std::int64_t time_usec);

  // Blocks until the journal has read everything that was sent, for at most 1 s.
  void finish() const;

 private:
  bool has_written_ = false;
};

}  // namespace yodel::log
