#include "client/file/part_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "text/credentials.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

constexpr const char* own_descriptors = "/proc/self/fd/";

// Makes a file with a name that is free, mkostemps(3), in the folder of `path`; `part` is its path.
posix::Descriptor make_part(const std::string& path, std::string& part) {
  constexpr std::string_view suffix = ".part";
  part = (std::filesystem::path(path).parent_path() / ".yodel-XXXXXX").string().append(suffix);
  return posix::Descriptor(::mkostemps(part.data(), static_cast<int>(suffix.size()), O_CLOEXEC));
}

posix::Descriptor open_nameless(const std::string& path) {
  if (::access(own_descriptors, X_OK) != 0) return {};
  const auto folder = std::filesystem::path(path).parent_path();
  constexpr mode_t for_owner = S_IRUSR | S_IWUSR;
  return posix::Descriptor(
      ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, for_owner));
}

// Gives the nameless `file` the name `path`, which nothing has; an errno, 0: done. linkat(2) with
// AT_EMPTY_PATH would take a capability before Linux 6.10.
int give_name(int file, const std::string& path) {
  const std::string nameless = own_descriptors + std::to_string(file);
  const int result =
      ::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW);
  return result == 0 ? 0 : errno;
}

// The same, with a name that is free: `part` is what that is.
int give_part_name(int file, const std::string& path, std::string& part) {
  for (;;) {
    // It is the name that is wanted: the file that holds it makes way.
    const auto placeholder = make_part(path, part);
    if (!placeholder || ::unlink(part.c_str()) != 0) return errno;
    if (const int error = give_name(file, part); error != EEXIST) return error;
  }
}

// Brings `part` to `path`, where nothing may be; an errno, 0: done.
int rename_to_free(const std::string& part, const std::string& path) {
  if (::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return 0;
  // Some file systems cannot: there the look comes first.
  if (errno != EINVAL) return errno;
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) return EEXIST;
  return ::rename(part.c_str(), path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

tl::unexpected<Failure> file_failure(const std::string& path, int error) {
  // It may be a URL, given by mistake.
  const bool is_url = path.find("://") != std::string::npos;
  return failure(ExitStatus::output,
                 text::printable(is_url ? text::without_credentials(path) : path) + ": " +
                     std::strerror(error));
}

Result<PartFile> PartFile::create(std::string path) {
  if (auto file = open_nameless(path)) return PartFile(std::move(file), {}, std::move(path));
  std::string part;
  auto file = make_part(path, part);
  if (!file) return file_failure(path, errno);
  return PartFile(std::move(file), std::move(part), std::move(path));
}

PartFile::PartFile(posix::Descriptor file, std::string part, std::string path)
    : file_(std::move(file)), part_(std::move(part)), path_(std::move(path)) {}

PartFile::PartFile(PartFile&& other) noexcept
    : file_(std::move(other.file_)),
      part_(std::exchange(other.part_, {})),
      path_(std::move(other.path_)) {}

PartFile::~PartFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

Result<void> PartFile::become_whole(mode_t mode, Existing existing) {
  if (::fchmod(file_.get(), mode) != 0 || ::fsync(file_.get()) != 0) {
    return file_failure(path_, errno);
  }
  const bool nameless = part_.empty();
  int error = 0;
  if (existing == Existing::keep) {
    error = nameless ? give_name(file_.get(), path_) : rename_to_free(part_, path_);
  } else {
    if (nameless) error = give_part_name(file_.get(), path_, part_);
    if (error == 0 && ::rename(part_.c_str(), path_.c_str()) != 0) error = errno;
  }
  if (error != 0) return file_failure(path_, error);
  part_.clear();
  return {};
}

}  // namespace yodel::client
