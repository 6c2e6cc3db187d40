#include "client/file/target_file.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utility>

#include "client/terminal/output.hpp"
#include "text/credentials.hpp"
#include "text/quote.hpp"

namespace yodel::client {
namespace {

// A program that is replaced loses its set-user-ID and set-group-ID bits.
constexpr mode_t permissions = 0777;

// Returns the mode that open(2) would give a new file. The mask can be read only by setting it,
// umask(2).
mode_t new_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  constexpr mode_t for_all = 0666;
  return for_all & ~mask;
}

// Returns a file without a name in the folder for temporary files.
posix::Descriptor make_spool() {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  std::string name = (error ? "/tmp" : folder.string()) + "/.yodel-XXXXXX";
  posix::Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

// Returns whether `file` is the one that standard output leads to. A device that is not a terminal,
// such as /dev/null, does not count: any number of writers can share it.
bool leads_to_standard_output(const struct stat& file) {
  struct stat output {};
  if (S_ISCHR(file.st_mode) && ::isatty(STDOUT_FILENO) == 0) return false;
  return ::fstat(STDOUT_FILENO, &output) == 0 && is_same_file(output, file);
}

}  // namespace

std::string TargetFile::shown() const {
  // The path may be a URL, given by mistake.
  const bool is_url = path_.find("://") != std::string::npos;
  return text::printable(is_url ? text::without_credentials(path_) : path_);
}

tl::unexpected<Failure> TargetFile::failed(int error) const {
  return failure(ExitStatus::output, shown() + ": " + std::strerror(error));
}

Result<TargetFile> TargetFile::open(const std::string& path, Existing existing) {
  TargetFile target;
  target.path_ = path;
  target.existing_ = existing;
  struct stat there {};
  if (existing == Existing::keep && ::lstat(path.c_str(), &there) == 0) {
    return failure(ExitStatus::output, target.shown() + ": already exists; --force replaces it");
  }
  auto file = open_existing(path);
  if (!file) return target.failed(file.error());
  if (*file && leads_to_standard_output((*file)->status)) return standard_output();
  const auto opened = *file ? target.open_over(std::move(**file)) : target.open_new();
  if (!opened) return tl::make_unexpected(opened.error());
  return target;
}

Result<void> TargetFile::open_new() {
  mode_ = new_file_mode();
  auto place = place_for_new(path_);
  if (!place) return failed(place.error());
  struct stat folder {};
  if (::fstat(place->folder.get(), &folder) != 0) return failed(errno);
  identity_ = Identity{.device = folder.st_dev, .inode = folder.st_ino, .name = place->name};
  auto part = PartFile::create(std::move(*place));
  if (!part) return failed(part.error());
  part_.emplace(std::move(*part));
  return {};
}

Result<void> TargetFile::open_over(ExistingFile file) {
  if (S_ISREG(file.status.st_mode)) {
    identity_ = Identity{.device = file.status.st_dev, .inode = file.status.st_ino, .name = {}};
    if (!make_replacement(file)) spool_ = make_spool();
    if (!part_ && !spool_) return failed(errno);
  }
  original_ = std::move(file.descriptor);
  return {};
}

bool TargetFile::make_replacement(const ExistingFile& file) {
  if (has_links_or_attributes(file.descriptor.get(), file.status)) return false;
  auto place = place_of(file, path_);
  if (!place) return false;
  auto part = PartFile::create(std::move(*place));
  if (!part) return false;
  // The default ACL of the folder, acl(5), gives new files rights that the old one does not have.
  ::fremovexattr(part->descriptor(), "system.posix_acl_access");
  part_.emplace(std::move(*part));
  if (copy_owner_and_mode(file.status)) return true;
  part_.reset();
  return false;
}

bool TargetFile::copy_owner_and_mode(const struct stat& file) {
  mode_ = file.st_mode & permissions;
  struct stat made {};
  if (::fstat(part_->descriptor(), &made) != 0) return false;
  const bool same = made.st_uid == file.st_uid && made.st_gid == file.st_gid;
  return same || ::fchown(part_->descriptor(), file.st_uid, file.st_gid) == 0;
}

int TargetFile::descriptor() const noexcept {
  if (part_) return part_->descriptor();
  return spool_ ? spool_.get() : original_.get();
}

Result<void> TargetFile::write(std::string_view bytes) {
  size_ += bytes.size();
  if (is_standard_output()) return output_.write(bytes);
  return write_whole(descriptor(), shown(), bytes);
}

Result<void> TargetFile::commit() {
  if (is_standard_output()) return output_.finish();
  if (spool_) return write_in_place(spool_.get());
  if (!part_) return {};
  // Keeps what others have changed meanwhile.
  struct stat now {};
  if (original_ && ::fstat(original_.get(), &now) == 0 &&
      (has_links_or_attributes(original_.get(), now) || !copy_owner_and_mode(now))) {
    return write_in_place(part_->descriptor());
  }
  const int error = part_->commit(mode_, existing_);
  if (error == 0) return {};
  // The name is a mount point, rename(2), or another user's file in a folder like /tmp.
  const bool stays = error == EBUSY || error == EPERM || error == EACCES || error == EXDEV;
  return stays && original_ ? write_in_place(part_->descriptor()) : failed(error);
}

Result<void> TargetFile::write_in_place(int from) {
  const int to = original_.get();
  struct stat file {};
  struct stat named {};
  if (::fstat(to, &file) != 0 || ::stat(path_.c_str(), &named) != 0) return failed(errno);
  if (!is_same_file(file, named)) {
    return failure(ExitStatus::output,
                   shown() + ": replaced by another file meanwhile; not overwritten");
  }
  constexpr mode_t special = S_ISUID | S_ISGID;
  if ((file.st_mode & special) != 0 && ::fchmod(to, file.st_mode & permissions) != 0) {
    return failed(errno);
  }
  // Finds out that the disk is full before anything is lost. Some file systems cannot do that.
  if (size_ > 0 && ::fallocate(to, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_)) != 0 &&
      errno != EOPNOTSUPP) {
    return failed(errno);
  }
  if (::lseek(from, 0, SEEK_SET) != 0 || ::ftruncate(to, 0) != 0) return failed(errno);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read fills it
  std::array<char, 65536> block;
  while (const ssize_t size = ::read(from, block.data(), block.size())) {
    if (size < 0) return failed(errno);
    auto written = write_whole(to, shown(), {block.data(), static_cast<std::size_t>(size)});
    if (!written) return written;
  }
  return ::fsync(to) == 0 ? Result<void>() : failed(errno);
}

bool TargetFile::is_same_as(const TargetFile& other) const noexcept {
  if (is_standard_output() || other.is_standard_output()) {
    return is_standard_output() == other.is_standard_output();
  }
  return identity_ && identity_ == other.identity_;
}

}  // namespace yodel::client
