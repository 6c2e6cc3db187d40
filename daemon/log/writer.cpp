#include "log/writer.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

#include "log/frame.hpp"
#include "log/journal.hpp"
#include "log/line.hpp"
#include "log/line_file.hpp"

namespace yodel::log {
namespace {

// How long a stuck writer outlives a manager that was killed, in seconds.
constexpr unsigned orphan_lifetime_seconds = 1;

// Writes records and counts those that are lost. A record reports the count before the next record
// or at the end.
class Writer {
 public:
  // Writes all complete frames at the start of `bytes`. Returns their size.
  std::size_t write_frames(std::string_view bytes) {
    std::size_t done = 0;
    while (const auto frame = decode(bytes.substr(done))) {
      // Lines are written in one call; the journal takes one record at a time.
      if (frame->output.target != output_.target) flush();
      output_ = frame->output;
      if (output_.target == config::Target::journal) {
        report_lost();
        if (!journal_.write(frame->fields, frame->time_usec)) ++lost_;
      } else {
        append_line(lines_, *frame, reader_);
      }
      done += frame->size;
    }
    flush();
    return done;
  }

  void finish() {
    report_lost();
    journal_.finish();
  }

 private:
  void flush() {
    if (lines_.empty()) return;
    report_lost();
    const auto count = std::count(lines_.begin(), lines_.end(), '\n');
    lost_ += static_cast<std::uint64_t>(count) - stderr_.write(lines_);
    lines_.clear();
  }

  // Writes the count where the last record went. If that fails, too, the count is kept.
  void report_lost() {
    if (lost_ == 0) return;
    const auto bytes = encode(records::log_lost(lost_), output_);
    const auto frame = decode(bytes);
    std::string line;
    append_line(line, *frame, reader_);
    const bool written = output_.target == config::Target::journal
                             ? journal_.write(frame->fields, frame->time_usec)
                             : stderr_.write(line) == 1;
    if (written) lost_ = 0;
  }

  Reader reader_ = reader_of_stderr();
  LineFile stderr_{STDERR_FILENO};
  JournalWriter journal_;
  Output output_;      // of the last record
  std::string lines_;  // for standard error
  std::uint64_t lost_ = 0;
};

// A writer that is not stuck exits at the end of its input. One that is stuck must not outlive a
// manager that was killed: SIGUSR1 from the kernel sets an alarm, which kills it.
void end_with_the_manager() {
  struct sigaction action {};
  action.sa_handler = [](int /*signal*/) { ::alarm(orphan_lifetime_seconds); };
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR1, &action, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGUSR1);
}

// Makes write(2) return an error if the reader has gone or the file is at its limit (RLIMIT_FSIZE,
// setrlimit(2)). Otherwise the writer would die, and with it the count of lost records.
void ignore_signals_of_writes() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

void run_writer(int fd, posix::ProcessTitle title) noexcept {
  ::prctl(PR_SET_NAME, "yodeld-log");
  title.set({"yodeld: log"});
  end_with_the_manager();
  ignore_signals_of_writes();
  Writer writer;
  std::string bytes;
  std::vector<char> buffer(std::size_t{256} << 10);
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size == 0 || (size < 0 && errno != EINTR)) {
      writer.finish();
      ::_exit(0);
    }
    if (size < 0) continue;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    bytes.erase(0, writer.write_frames(bytes));
  }
}

}  // namespace yodel::log
