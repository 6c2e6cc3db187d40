// The log writer: a child of the manager that writes records where they belong, and may block
// there.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "manager/record.hpp"
#include "posix/process_title.hpp"

namespace yodel::manager {

// Whether the file's target comes to the journal on this host. automatic: it does if standard error
// is a stream to the journal, JOURNAL_STREAM, systemd.exec(5), or leads nowhere; so a daemon that
// was started on a terminal or with its errors sent to a file writes there.
[[nodiscard]] config::Target resolve(config::Target target);

// The record as one frame of the stream to the writer, stamped with the time of day. `target` is
// what resolve() gave.
[[nodiscard]] std::string frame(const Record& record, config::Target target);

// The writer's life: reads frames from `fd`, sends each to the journal, sd_journal_sendv(3), or as
// one line to standard error, until the manager ends its side. Never returns.
[[noreturn]] void run_log_writer(int fd, posix::ProcessTitle title) noexcept;

}  // namespace yodel::manager
