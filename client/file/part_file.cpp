#include "client/file/part_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "posix/signals.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
const posix::SignalSet& ending_set() {
  static const posix::SignalSet set{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
  return set;
}

// What the handler removes; an empty name is none. Plain buffers, since a handler may not allocate,
// signal-safety(7); they change only while the signals are blocked.
using Name = std::array<char, PATH_MAX>;
std::array<Name, 2> doomed{};

Name* find_doomed(const std::string& part) {
  const auto found = std::find_if(doomed.begin(), doomed.end(),
                                  [&](const Name& name) { return part == name.data(); });
  return found == doomed.end() ? nullptr : &*found;
}

extern "C" void remove_parts_and_end(int signal) {
  for (const Name& name : doomed) {
    if (name.front() != '\0') ::unlink(name.data());
  }
  // SA_RESETHAND: the second time it ends the process, once this handler has returned.
  static_cast<void>(::raise(signal));
}

void handle_ending_signals() {
  for (const int signal : ending_signals) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = remove_parts_and_end;
    action.sa_mask = ending_set().get();
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(signal, &action, nullptr);
  }
}

void leave_ending_signals() {
  for (const int signal : ending_signals) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler == remove_parts_and_end) ::signal(signal, SIG_DFL);
  }
}

// Keeps the signals away for as long as it lives.
class Undisturbed {
 public:
  Undisturbed() noexcept { ending_set().block(&before_); }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  Undisturbed(Undisturbed&&) = delete;
  Undisturbed& operator=(Undisturbed&&) = delete;
  ~Undisturbed() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// Brings `part` to `path`; an errno, 0: done.
int rename_to(const std::string& part, const std::string& path, PartFile::Existing existing) {
  if (existing == PartFile::Existing::keep) {
    if (::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
      return 0;
    // Some file systems cannot: there the look comes first.
    if (errno != EINVAL) return errno;
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0) return EEXIST;
  }
  return ::rename(part.c_str(), path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

tl::unexpected<Failure> file_failure(const std::string& path, int error) {
  return failure(ExitStatus::output, text::printable(path) + ": " + std::strerror(error));
}

Result<PartFile> PartFile::create(std::string path) {
  constexpr std::string_view suffix = ".part";
  std::string part = (std::filesystem::path(path).parent_path() / ".yodel-XXXXXX").string();
  part += suffix;
  if (part.size() >= Name().size()) return file_failure(path, ENAMETOOLONG);

  const Undisturbed undisturbed;
  Name* const name = find_doomed("");
  if (name == nullptr) throw std::logic_error("there are two PartFiles already");
  posix::Descriptor file(::mkostemps(part.data(), suffix.size(), O_CLOEXEC));
  if (!file) return file_failure(path, errno);
  *std::copy(part.begin(), part.end(), name->begin()) = '\0';
  handle_ending_signals();
  return PartFile(std::move(file), std::move(part), std::move(path));
}

PartFile::PartFile(posix::Descriptor file, std::string part, std::string path)
    : file_(std::move(file)), part_(std::move(part)), path_(std::move(path)) {}

PartFile::PartFile(PartFile&& other) noexcept
    : file_(std::move(other.file_)),
      part_(std::exchange(other.part_, {})),
      path_(std::move(other.path_)) {}

PartFile::~PartFile() {
  if (part_.empty()) return;
  const Undisturbed undisturbed;
  ::unlink(part_.c_str());
  forget_part();
}

void PartFile::forget_part() {
  if (Name* const name = find_doomed(part_)) name->front() = '\0';
  part_.clear();
  const bool last = std::all_of(doomed.begin(), doomed.end(),
                                [](const Name& name) { return name.front() == '\0'; });
  if (last) leave_ending_signals();
}

Result<void> PartFile::become_whole(mode_t mode, Existing existing) {
  if (::fchmod(file_.get(), mode) != 0 || ::fsync(file_.get()) != 0) {
    return file_failure(path_, errno);
  }
  const Undisturbed undisturbed;
  if (const int error = rename_to(part_, path_, existing); error != 0) {
    return file_failure(path_, error);
  }
  forget_part();
  return {};
}

}  // namespace yodel::client
