// Without this, sd_journal_sendv(3) adds CODE_FILE and CODE_LINE, which would always be this file.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "log/journal.hpp"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <vector>

#include "posix/poll.hpp"

namespace yodel::log {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";
// Records written at least this long after they were made get YODEL_DELAY_USEC.
constexpr std::int64_t min_reported_delay_usec = 1'000'000;
// finish() waits this long for the journal to read, and checks this often.
constexpr auto max_read_time = std::chrono::seconds(1);
constexpr auto read_check_interval = std::chrono::milliseconds(10);
// No descriptor of the writer is higher: it has the standard ones and libsystemd's socket.
constexpr int max_descriptor = 15;

bool journal_exists() {
  return ::access(journal_socket, W_OK) == 0;
}

bool stderr_is_discarded() {
  struct stat file {};
  struct stat null {};
  if (::fstat(STDERR_FILENO, &file) < 0) return true;
  return ::stat("/dev/null", &null) == 0 && S_ISCHR(file.st_mode) && file.st_rdev == null.st_rdev;
}

// Returns whether the journal accepted the record.
bool send(const Fields& fields, std::int64_t time_usec) {
  std::vector<iovec> parts;
  const auto add = [&](std::string_view field) {
    // sd_journal_sendv(3) only reads, but iovec has no const.
    parts.push_back({const_cast<char*>(field.data()), field.size()});  // NOLINT(*-const-cast)
  };
  // By default libsystemd uses the first word of the process title.
  add(identifier_field);
  for (const auto field : fields)
    add(field);
  // The journal dates a record by its arrival.
  std::string delay_field;
  if (const auto delay = time_of_day_usec() - time_usec; delay >= min_reported_delay_usec) {
    delay_field = fmt::format("YODEL_DELAY_USEC={}", delay);
    add(delay_field);
  }
  // sd_journal_sendv(3) reports no error if the socket is missing.
  return journal_exists() && ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
}

}  // namespace

bool stderr_is_journal_stream() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  return stream != nullptr && ::fstat(STDERR_FILENO, &file) == 0 &&
         fmt::format("{}:{}", file.st_dev, file.st_ino) == stream;
}

config::Target resolve(config::Target target) {
  using config::Target;
  const bool wants_journal =
      target == Target::journal ||
      (target == Target::automatic && (stderr_is_journal_stream() || stderr_is_discarded()));
  return wants_journal && journal_exists() ? Target::journal : Target::standard_error;
}

bool JournalWriter::write(const Fields& fields, std::int64_t time_usec) {
  const bool accepted = send(fields, time_usec);
  has_written_ = has_written_ || accepted;
  return accepted;
}

// journald looks up the unit of a record's sender only when it reads the record. If the sender has
// exited by then, the record belongs to no unit, and journalctl -u does not show it. SIOCOUTQ,
// unix(7), on libsystemd's socket returns how much is still unread.
void JournalWriter::finish() const {
  if (!has_written_) return;
  const auto deadline = posix::Clock::now() + max_read_time;
  int unread = 1;
  while (unread > 0 && posix::Clock::now() < deadline) {
    unread = 0;
    for (int fd = STDERR_FILENO + 1; fd <= max_descriptor; ++fd) {
      int size = 0;
      if (::ioctl(fd, SIOCOUTQ, &size) == 0) unread += size;
    }
    // Also once everything is read: journald looks up the sender after reading.
    posix::poll_until({}, posix::Clock::now() + read_check_interval);
  }
}

}  // namespace yodel::log
