// The place in the code that sd_journal_sendv(3) would add is the same for all records: here.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "manager/log_writer.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <span>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "manager/records.hpp"
#include "posix/poll.hpp"
#include "text/timestamp.hpp"

namespace yodel::manager {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";
// How long a writer that is stuck outlives a manager that was killed, in seconds.
constexpr unsigned last_words_seconds = 1;

// A record that was written so long after it was made tells so, in microseconds.
constexpr std::int64_t worth_telling_usec = 1'000'000;

// What the journal gets to read the last records, and how often it is looked whether it has.
constexpr auto last_read_time = std::chrono::seconds(1);
constexpr auto read_interval = std::chrono::milliseconds(10);
// The writer has its standard descriptors and libsystemd's socket.
constexpr int most_descriptors = 15;

// A frame: this, then each field as its size and its bytes.
struct FrameHeader {
  std::int64_t time_usec;  // of day
  std::uint32_t size;      // of what follows, in bytes
  config::Target target;
};

bool stderr_is_journal_stream() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  return stream != nullptr && ::fstat(STDERR_FILENO, &file) == 0 &&
         fmt::format("{}:{}", file.st_dev, file.st_ino) == stream;
}

bool stderr_leads_nowhere() {
  struct stat file {};
  struct stat null {};
  if (::fstat(STDERR_FILENO, &file) < 0) return true;
  return ::stat("/dev/null", &null) == 0 && S_ISCHR(file.st_mode) && file.st_rdev == null.st_rdev;
}

bool journal_is_there() {
  return ::access(journal_socket, W_OK) == 0;
}

void append(std::string& bytes, const void* data, std::size_t size) {
  bytes.append(static_cast<const char*>(data), size);
}

using Fields = std::vector<std::string_view>;

Fields split(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    std::uint32_t size = 0;
    std::memcpy(&size, body.data(), sizeof size);
    fields.push_back(body.substr(sizeof size, size));
    body.remove_prefix(sizeof size + size);
  }
  return fields;
}

std::int64_t time_of_day_usec() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// False: it did not take the record.
bool send_to_journal(const Fields& fields, std::int64_t time_usec) {
  std::vector<iovec> parts;
  parts.reserve(fields.size() + 2);
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
  // Where the socket is missing sd_journal_sendv(3) keeps quiet.
  return journal_is_there() &&
         ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
}

// The journal finds out whose a record is when it reads it, from the process that has sent it: one
// that has ended by then is of no unit. So the last records are waited for, which libsystemd's
// socket tells, SIOCOUTQ, unix(7), for a limited time.
void wait_for_the_journal() {
  const auto deadline = posix::Clock::now() + last_read_time;
  int unread = 1;
  while (unread > 0 && posix::Clock::now() < deadline) {
    unread = 0;
    for (int fd = STDERR_FILENO + 1; fd <= most_descriptors; ++fd) {
      int size = 0;
      if (::ioctl(fd, SIOCOUTQ, &size) == 0) unread += size;
    }
    // Once more when it is read: it is looked at after that.
    posix::poll_until({}, posix::Clock::now() + read_interval);
  }
}

// What the journal did not take is counted, and the count is a record as soon as it takes one
// again.
class JournalWriter {
 public:
  void write(const Fields& fields, std::int64_t time_usec) {
    if (!send_to_journal(fields, time_usec)) {
      ++lost_;
      return;
    }
    has_written_ = true;
    if (lost_ == 0) return;
    const auto record = records::log_lost(std::exchange(lost_, 0));
    const Fields own(record.fields().begin(), record.fields().end());
    (void)send_to_journal(own, time_of_day_usec());
  }
  [[nodiscard]] bool has_written() const noexcept { return has_written_; }

 private:
  std::uint64_t lost_ = 0;
  bool has_written_ = false;
};

// One line must stay one line, and a terminal must not be steered by what a peer or a file said.
void append_escaped(std::string& line, std::string_view text, bool quoted = false) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (quoted && (c == '"' || c == '\\')) {
      line += '\\';
      line += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
}

std::string_view level_name(char priority) {
  switch (priority) {
    case '7': return "debug";
    case '6': return "info";
    case '5': return "notice";
    case '4': return "warning";
    default: return "err";
  }
}

// How lines look depends on who reads them.
enum class Reader : std::uint8_t {
  person,   // on a terminal: time, level, message
  program,  // a file or a pipe: the fields follow, name=value
  journal   // sd-daemon(3): "<6>" and the message; the journal adds the time
};

Reader reader_of_stderr() {
  if (stderr_is_journal_stream()) return Reader::journal;
  return ::isatty(STDERR_FILENO) == 1 ? Reader::person : Reader::program;
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
  append_escaped(line, value, quoted);
  if (quoted) line += '"';
}

void append_line(std::string& lines, const Fields& fields, std::int64_t time_usec, Reader reader) {
  // Record's constructor puts these first.
  const char priority = fields[0].back();
  const auto message = fields[2].substr(std::string_view("MESSAGE=").size());
  if (reader == Reader::journal) {
    lines += fmt::format("<{}>", priority);
  } else {
    lines += fmt::format("{}.{:03}Z {}: ", text::utc_timestamp(time_usec / 1'000'000),
                         time_usec / 1000 % 1000, level_name(priority));
  }
  append_escaped(lines, message);
  if (reader == Reader::program) {
    for (const auto field : fields)
      append_field(lines, field);
  }
  lines += '\n';
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EAGAIN) {  // somebody has made it non-blocking: this may block
      pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
      (void)::poll(&room, 1, -1);
      continue;
    }
    if (size < 0 && errno != EINTR) return;  // nobody reads it, or the disk is full: it is lost
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Writes all whole frames that `bytes` starts with and gives their size.
std::size_t write_frames(std::string_view bytes, Reader reader, JournalWriter& journal) {
  std::string lines;
  std::size_t done = 0;
  for (;;) {
    const auto rest = bytes.substr(done);
    FrameHeader header{};
    if (rest.size() < sizeof header) break;
    std::memcpy(&header, rest.data(), sizeof header);
    if (rest.size() < sizeof header + header.size) break;
    const Fields fields = split(rest.substr(sizeof header, header.size));
    if (header.target == config::Target::journal) {
      journal.write(fields, header.time_usec);
    } else {
      append_line(lines, fields, header.time_usec, reader);
    }
    done += sizeof header + header.size;
  }
  write_all(STDERR_FILENO, lines);
  return done;
}

// A writer that is stuck must not outlive a manager that was killed; one that is not ends by
// itself.
void end_with_the_manager() {
  struct sigaction action {};
  action.sa_handler = [](int /*signal*/) { ::alarm(last_words_seconds); };
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
}

}  // namespace

config::Target resolve(config::Target target) {
  using config::Target;
  const bool wants_journal =
      target == Target::journal ||
      (target == Target::automatic && (stderr_is_journal_stream() || stderr_leads_nowhere()));
  return wants_journal && journal_is_there() ? Target::journal : Target::standard_error;
}

std::string frame(const Record& record, config::Target target) {
  std::string bytes(sizeof(FrameHeader), '\0');
  for (const auto& field : record.fields()) {
    const auto size = static_cast<std::uint32_t>(field.size());
    append(bytes, &size, sizeof size);
    bytes += field;
  }
  const FrameHeader header{.time_usec = time_of_day_usec(),
                           .size = static_cast<std::uint32_t>(bytes.size() - sizeof(FrameHeader)),
                           .target = target};
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

void run_log_writer(int fd, posix::ProcessTitle title) noexcept {
  ::prctl(PR_SET_NAME, "yodeld-log");
  title.set({"yodeld: log"});
  end_with_the_manager();
  const Reader reader = reader_of_stderr();
  JournalWriter journal;
  std::string bytes;
  std::vector<char> buffer(std::size_t{256} << 10);
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size == 0 || (size < 0 && errno != EINTR)) {
      if (journal.has_written()) wait_for_the_journal();
      ::_exit(0);
    }
    if (size < 0) continue;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    bytes.erase(0, write_frames(bytes, reader, journal));
  }
}

}  // namespace yodel::manager
