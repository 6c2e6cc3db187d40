// The log with its writer process: every record is written or counted as lost.
#include "log/log.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "posix/descriptor.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/descriptors.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"

namespace yodel::log {
namespace {

using config::Level;
using tests::wait_until;

// Like the record of a real session: about 500 bytes when encoded.
Record about_session(int number, Level level = Level::info) {
  return Record(level, std::string(32, '1'), "session " + std::to_string(number))
      .with("YODEL_SESSION", number)
      .with("YODEL_LISTENER", std::string(400, 'x'));
}

Record about_daemon(int number) {
  return {Level::info, std::string(32, '2'), "daemon " + std::to_string(number)};
}

// The content of a log: complete lines, and the sum of the records that they report as lost.
struct Account {
  std::uint64_t sessions = 0;
  std::uint64_t crashes = 0;
  std::uint64_t of_daemon = 0;
  std::uint64_t lost = 0;
  std::uint64_t other = 0;  // cut off, or two in one line
  [[nodiscard]] std::uint64_t written() const { return sessions + crashes + of_daemon; }
};

Account account_of(const std::string& text) {
  static const std::regex session(
      R"(\S+Z (info|warning): session \d+ session=\d+ listener=x{400})");
  static const std::regex daemon(R"(\S+Z info: daemon \d+)");
  static const std::regex lost(
      R"(\S+Z warning: (\d+) log records? could not be written and (?:is|are) lost)");
  Account account;
  std::smatch found;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (std::regex_match(line, found, session)) {
      ++(found[1] == "info" ? account.sessions : account.crashes);
    } else if (std::regex_match(line, daemon)) {
      ++account.of_daemon;
    } else if (std::regex_match(line, found, lost)) {
      account.lost += std::stoull(found[1]);
    } else {
      ++account.other;
    }
  }
  return account;
}

// A log whose standard error is `fd`.
class LogTo {
 public:
  explicit LogTo(int fd) {
    const posix::Descriptor before(::dup(STDERR_FILENO));
    EXPECT_EQ(::dup2(fd, STDERR_FILENO), STDERR_FILENO);
    log_.emplace(config::Log{.target = config::Target::standard_error}, posix::ProcessTitle());
    EXPECT_EQ(::dup2(before.get(), STDERR_FILENO), STDERR_FILENO);
    writer_ = tests::child_of(::getpid(), "yodeld-log");
  }
  void write(const Record& record) {
    log_->write(record);
    log_->flush();
  }
  // Like the event loop of a manager that has nothing else to do.
  void flush_all() {
    wait_until("the queue to be empty", [this] {
      log_->flush();
      return !log_->has_waiting();
    });
  }
  void finish() { log_->finish(); }
  [[nodiscard]] pid_t writer() const { return writer_; }

 private:
  std::optional<Log> log_;
  pid_t writer_ = 0;
};

void write_sessions(LogTo& log, int count, Level level = Level::info) {
  for (int i = 0; i < count; ++i)
    log.write(about_session(i, level));
}

void write_about_daemon(LogTo& log, int count) {
  for (int i = 0; i < count; ++i)
    log.write(about_daemon(i));
}

class PipeReader {
 public:
  PipeReader() = default;
  ~PipeReader() {
    if (thread_.joinable()) thread_.join();
  }
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;
  PipeReader(PipeReader&&) = delete;
  PipeReader& operator=(PipeReader&&) = delete;

  [[nodiscard]] int writer() const { return pipe_.writer.get(); }
  // Starts reading, until the other end is closed.
  void start() {
    pipe_.writer.reset();
    thread_ = std::thread([this] { text_ = tests::read_to_end(pipe_.reader.get()); });
  }
  const std::string& text() {
    thread_.join();
    return text_;
  }

 private:
  tests::Pipe pipe_ = tests::make_pipe();
  std::thread thread_;
  std::string text_;
};

// Finishes the log of a reader that has not read anything so far.
Account finish(LogTo& log, PipeReader& reader) {
  reader.start();
  log.finish();
  return account_of(reader.text());
}

// More than the queue, the writer, the socket and the pipe hold together: 15 MB.
constexpr int too_many = 30'000;

constexpr const char* why_not =
    "with sanitizers, writing 8 MiB takes longer than the writer has at a stop";

TEST(Log, ReportsAtTheEndHowManyRecordsAStuckReaderLost) {
  if (tests::sanitized) GTEST_SKIP() << why_not;
  PipeReader reader;
  LogTo log(reader.writer());
  write_sessions(log, too_many);
  const auto account = finish(log, reader);
  EXPECT_GT(account.sessions, 10'000u);
  EXPECT_GT(account.lost, 0u) << "the test needs losses";
  EXPECT_EQ(account.written() + account.lost, std::uint64_t{too_many});
  EXPECT_EQ(account.other, 0u);
}

TEST(Log, AFloodOfSessionsDisplacesNeitherCrashesNorRecordsOfTheDaemon) {
  if (tests::sanitized) GTEST_SKIP() << why_not;
  PipeReader reader;
  LogTo log(reader.writer());
  write_sessions(log, too_many);
  write_sessions(log, 1000, Level::warning);
  write_about_daemon(log, 1000);
  const auto account = finish(log, reader);
  EXPECT_EQ(account.crashes, 1000u);
  EXPECT_EQ(account.of_daemon, 1000u);
  EXPECT_EQ(account.written() + account.lost, std::uint64_t{too_many + 2000});
}

TEST(Log, AFloodOfCrashesDoesNotDisplaceRecordsOfTheDaemon) {
  if (tests::sanitized) GTEST_SKIP() << why_not;
  PipeReader reader;
  LogTo log(reader.writer());
  write_sessions(log, too_many, Level::warning);
  write_about_daemon(log, 1000);
  const auto account = finish(log, reader);
  EXPECT_GT(account.lost, 0u);
  EXPECT_EQ(account.of_daemon, 1000u);
  EXPECT_EQ(account.written() + account.lost, std::uint64_t{too_many + 1000});
}

// Sets the file size limit of a running process, prlimit(2): like a disk that can be filled and
// emptied without root.
void set_size_limit(pid_t pid, rlim_t soft) {
  rlimit limit{};
  ASSERT_EQ(::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit), 0);
  limit.rlim_cur = soft;
  ASSERT_EQ(::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr), 0);
}

off_t size_of(int fd) {
  struct stat status {};
  EXPECT_EQ(::fstat(fd, &status), 0);
  return status.st_size;
}

TEST(Log, CountsRecordsThatAFileAtItsLimitRejects) {
  const tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  const posix::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  LogTo log(file.get());
  int written = 0;
  off_t limit = 0;
  // Several times, so that the limit falls at different places within a line.
  for (int turn = 1; turn <= 5; ++turn) {
    limit += 20'000 + turn;
    set_size_limit(log.writer(), static_cast<rlim_t>(limit));
    for (int i = 0; i < 100; ++i)
      log.write(about_session(written++));
    wait_until("a file at its limit", [&] { return size_of(file.get()) == limit; });
    log.write(about_session(written++));
    log.flush_all();
    set_size_limit(log.writer(), RLIM_INFINITY);
    log.write(about_daemon(written++));
    wait_until("a record of the count", [&] {
      const auto account = account_of(tests::read_file(path));
      return account.written() + account.lost == static_cast<std::uint64_t>(written);
    });
    limit = size_of(file.get());
  }
  EXPECT_TRUE(tests::is_running(log.writer())) << "SIGXFSZ did not kill it";
  log.finish();
  const auto account = account_of(tests::read_file(path));
  EXPECT_GT(account.lost, 5u);
  EXPECT_EQ(account.written() + account.lost, static_cast<std::uint64_t>(written));
  EXPECT_LE(account.other, 5u) << "each line that was cut";
}

TEST(Log, ReportsAtTheEndWhatAFileAtItsLimitRejected) {
  const tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  const posix::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  LogTo log(file.get());
  set_size_limit(log.writer(), 10'000);
  write_sessions(log, 100);
  wait_until("a file at its limit", [&] { return size_of(file.get()) == 10'000; });
  // No more records follow. Whether the writer has tried all of them yet is unknown; the sums hold
  // either way.
  set_size_limit(log.writer(), RLIM_INFINITY);
  log.finish();
  const auto account = account_of(tests::read_file(path));
  EXPECT_GT(account.lost, 0u);
  EXPECT_EQ(account.written() + account.lost, 100u);
}

TEST(Log, CountsRecordsLostBetweenTwoReadersOfAFifo) {
  const tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), S_IRUSR | S_IWUSR), 0);
  const auto open_reader = [&] {
    return posix::Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  };
  std::string text;
  const auto read_until = [&](const posix::Descriptor& reader, auto condition) {
    wait_until("records", [&] {
      std::array<char, 65536> buffer{};
      const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
      if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
      return condition();
    });
  };
  auto reader = open_reader();
  posix::Descriptor fifo(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  LogTo log(fifo.get());
  fifo.reset();
  std::uint64_t written = 0;
  const auto accounted = [&] {
    const auto account = account_of(text);
    return account.written() + account.lost == written;
  };
  for (; written < 10; ++written)
    log.write(about_daemon(1));
  read_until(reader, accounted);
  reader.reset();
  for (; written < 200; ++written)
    log.write(about_daemon(2));
  log.flush_all();
  // Whether the writer has tried these yet is unknown; each is either lost or read.
  reader = open_reader();
  log.write(about_daemon(3));
  ++written;
  read_until(reader, accounted);
  EXPECT_TRUE(tests::is_running(log.writer())) << "SIGPIPE did not kill it";
  log.finish();
  EXPECT_EQ(account_of(text).other, 0u);
}

TEST(Log, SurvivesAFullDisk) {
  const posix::Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  LogTo log(full.get());
  write_sessions(log, 1000);
  log.flush_all();
  EXPECT_TRUE(tests::is_running(log.writer()));
  log.finish();
  EXPECT_FALSE(tests::is_running(log.writer()));
}

}  // namespace
}  // namespace yodel::log
