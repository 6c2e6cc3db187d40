#include "client/bench/figure_files.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "client/report/page.hpp"
#include "client/report/run_json.hpp"
#include "client/report/summary.hpp"
#include "client/terminal/output.hpp"
#include "posix/descriptor.hpp"
#include "posix/poll.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client::bench {
namespace {

// The longest wait for the writer of a pipe.
constexpr std::chrono::seconds pipe_timeout{10};

Result<RunRecord> read_run(const std::string& path) {
  constexpr std::string_view expected = " (expected a file written by 'yodel bench --json')";
  const auto failed = [&](std::string_view what) {
    return failure(ExitStatus::usage, fmt::format("{}: {}", text::printable(path), what));
  };
  // Without O_NONBLOCK, opening a pipe waits for a writer.
  const posix::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return failed(std::strerror(errno));
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
    return failed(fmt::format("is neither a file nor a pipe{}", expected));
  }
  std::string text;
  std::array<char, 65536> block{};
  while (const ssize_t size = ::read(file.get(), block.data(), block.size())) {
    if (size > 0) {
      text.append(block.data(), static_cast<std::size_t>(size));
    } else if (errno != EAGAIN) {
      return failed(std::strerror(errno));
    } else if (std::array<pollfd, 1> fds{{{.fd = file.get(), .events = POLLIN, .revents = 0}}};
               posix::poll_until(fds, posix::Clock::now() + pipe_timeout) == 0) {
      return failed(
          fmt::format("timed out after {} waiting for data", text::print_duration(pipe_timeout)));
    }
    if (text.size() > max_run_json) {
      return failed(fmt::format("is larger than {} MiB{}", max_run_json >> 20U, expected));
    }
  }
  auto run = parse_run(text);
  if (!run) return failed(fmt::format("{} ({})", run.error().text, run.error().remedy));
  return std::move(*run);
}

// Does nothing if `path` is empty.
Result<void> open_target(const std::string& path, std::optional<TargetFile>& file) {
  if (path.empty()) return {};
  auto opened = path == "-" ? TargetFile::standard_output()
                            : TargetFile::open(path, TargetFile::Existing::replace);
  if (!opened) return tl::make_unexpected(opened.error());
  file.emplace(std::move(*opened));
  return {};
}

Result<void> write_and_commit(TargetFile& file, std::string_view text) {
  return file.write(text).and_then([&] { return file.commit(); });
}

}  // namespace

Result<FigureFiles> FigureFiles::open(const FigurePaths& paths) {
  FigureFiles files;
  if (!paths.compare.empty()) {
    auto old_run = read_run(paths.compare);
    if (!old_run) return tl::make_unexpected(old_run.error());
    files.old_run_ = std::move(*old_run);
  }
  const auto opened = open_target(paths.json, files.json_).and_then([&] {
    return open_target(paths.report, files.report_);
  });
  if (!opened) return tl::make_unexpected(opened.error());
  if (files.json_ && files.report_ && files.json_->is_same_as(*files.report_)) {
    return failure(ExitStatus::usage,
                   fmt::format("--report: {} is the same file as {}, which --json writes",
                               text::excerpt(paths.report), text::excerpt(paths.json)));
  }
  return files;
}

Result<void> FigureFiles::write(const RunRecord& run) {
  std::string printed = summary_text(run);
  Result<void> done;
  const auto keep_first_failure = [&](const Result<void>& next) {
    if (done) done = next;
  };
  const auto put = [&](TargetFile& file, std::string text) {
    if (file.is_standard_output()) {
      printed = std::move(text);
    } else {
      keep_first_failure(write_and_commit(file, text));
    }
  };
  if (json_) put(*json_, to_json(run));
  if (report_) {
    std::vector<RunRecord> runs{run};
    if (old_run_) runs.push_back(*old_run_);
    put(*report_, report_page(runs));
  }
  // Standard output comes last: SIGPIPE kills the process if its reader has gone.
  keep_first_failure(print(printed));
  return done;
}

}  // namespace yodel::client::bench
