#include "client/file/target_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "client/terminal/output.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// A program that is replaced loses what it runs as.
constexpr mode_t permissions = 0777;

// What open(2) would give a new file: the mask can be read only by setting it, umask(2).
mode_t new_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  constexpr mode_t for_all = 0666;
  return for_all & ~mask;
}

}  // namespace

Result<TargetFile> TargetFile::open(const std::string& path, Existing existing) {
  TargetFile target;
  target.path_ = path;
  target.existing_ = existing;
  target.mode_ = new_file_mode();
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (existing == Existing::keep) {
      return failure(ExitStatus::output,
                     text::printable(path) + ": exists already; --force replaces it");
    }
    if (auto opened = target.open_existing(path); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  if (target.device_) return target;
  // Where its links lead; one that leads nowhere is not followed.
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  auto part = PartFile::create(error ? path : real.string());
  if (!part) return tl::make_unexpected(part.error());
  target.part_.emplace(std::move(*part));
  return target;
}

Result<void> TargetFile::open_existing(const std::string& path) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0) return {};
  if (S_ISDIR(there.st_mode)) return file_failure(path, EISDIR);
  if (S_ISREG(there.st_mode)) {
    // The folder alone decides over a rename; but the file's owner has said that it stays.
    mode_ = there.st_mode & permissions;
    return ::access(path.c_str(), W_OK) == 0 ? Result<void>() : file_failure(path, errno);
  }
  device_.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  return device_ ? Result<void>() : file_failure(path, errno);
}

Result<void> TargetFile::write(std::string_view bytes) {
  size_ += bytes.size();
  if (path_.empty()) return print(bytes);
  return write_whole(part_ ? part_->descriptor() : device_.get(), text::printable(path_), bytes);
}

Result<void> TargetFile::commit() {
  return part_ ? part_->become_whole(mode_, existing_) : Result<void>();
}

}  // namespace yodel::client
