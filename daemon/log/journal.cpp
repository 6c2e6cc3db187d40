// The place in the code that sd_journal_sendv(3) would add is the same for all records: here.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "log/journal.hpp"

#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <string>
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
// A record that is written this long after it was made says so, in microseconds.
constexpr std::int64_t worth_telling_usec = 1'000'000;
// How long the writer waits at its end for the journal to read, and how often it looks.
constexpr auto last_read_time = std::chrono::seconds(1);
constexpr auto read_interval = std::chrono::milliseconds(10);
// The writer has its standard descriptors and libsystemd's socket.
constexpr int max_descriptor = 15;

bool journal_is_there() {
  return ::access(journal_socket, W_OK) == 0;
}

bool stderr_leads_nowhere() {
  struct stat file {};
  struct stat null {};
  if (::fstat(STDERR_FILENO, &file) < 0) return true;
  return ::stat("/dev/null", &null) == 0 && S_ISCHR(file.st_mode) && file.st_rdev == null.st_rdev;
}

// Returns whether the journal took the record.
bool send(const Fields& fields, std::int64_t time_usec) {
  std::vector<iovec> parts;
  // libsystemd would take the first word of the process's title.
  static std::string identifier = "SYSLOG_IDENTIFIER=yodeld";
  parts.push_back({identifier.data(), identifier.size()});
  for (const auto field : fields) {
    // sd_journal_sendv(3) takes iovec, which has no const, and does not write.
    parts.push_back({const_cast<char*>(field.data()), field.size()});  // NOLINT(*-const-cast)
  }
  // The journal takes the time of the record's arrival for its time.
  std::string delay;
  if (const auto late = time_of_day_usec() - time_usec; late >= worth_telling_usec) {
    delay = fmt::format("YODEL_DELAY_USEC={}", late);
    parts.push_back({delay.data(), delay.size()});
  }
  // Where the socket is missing sd_journal_sendv(3) reports no error.
  return journal_is_there() &&
         ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
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
      (target == Target::automatic && (stderr_is_journal_stream() || stderr_leads_nowhere()));
  return wants_journal && journal_is_there() ? Target::journal : Target::standard_error;
}

bool JournalWriter::write(const Fields& fields, std::int64_t time_usec) {
  const bool taken = send(fields, time_usec);
  has_written_ = has_written_ || taken;
  return taken;
}

// The journal finds out whose a record is when it reads it, from the process that sent it: one that
// has ended by then belongs to no unit. libsystemd's socket tells what is unread: SIOCOUTQ,
// unix(7).
void JournalWriter::finish() const {
  if (!has_written_) return;
  const auto deadline = posix::Clock::now() + last_read_time;
  int unread = 1;
  while (unread > 0 && posix::Clock::now() < deadline) {
    unread = 0;
    for (int fd = STDERR_FILENO + 1; fd <= max_descriptor; ++fd) {
      int size = 0;
      if (::ioctl(fd, SIOCOUTQ, &size) == 0) unread += size;
    }
    // Once more when all is read: the journal looks at the sender after that.
    posix::poll_until({}, posix::Clock::now() + read_interval);
  }
}

}  // namespace yodel::log
