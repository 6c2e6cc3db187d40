#include "client/file/existing_file.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <fcntl.h>
#include <filesystem>
#include <linux/magic.h>
#include <string_view>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "posix/poll.hpp"

namespace yodel::client {
namespace {

namespace fs = std::filesystem;

constexpr mode_t new_file = 0666;  // less the umask(2)

// How long to wait for a reader of a FIFO, and how often to look for one.
constexpr std::chrono::seconds reader_patience{10};
constexpr std::chrono::milliseconds reader_interval{10};

fs::path folder_of(const fs::path& path) {
  const auto folder = path.parent_path();
  return folder.empty() ? "." : folder;
}

tl::expected<Place, int> open_place(const fs::path& path) {
  posix::Descriptor descriptor(::open(folder_of(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return tl::make_unexpected(errno);
  return Place{.folder = std::move(descriptor), .name = path.filename()};
}

// Returns whether the kernel's protected_symlinks, if it were set, would allow following `link`:
// proc_sys_fs(5).
bool may_follow(const struct stat& link, const fs::path& path) {
  struct stat folder {};
  if (::stat(folder_of(path).c_str(), &folder) != 0) return false;
  const bool open_to_all = (folder.st_mode & S_ISVTX) != 0 && (folder.st_mode & S_IWOTH) != 0;
  return !open_to_all || link.st_uid == ::geteuid() || link.st_uid == folder.st_uid;
}

// Returns whether `path` is in /proc, where the text of a link to an open file need not be a path.
bool is_in_proc(const fs::path& path) {
  struct statfs file_system {};
  return ::statfs(folder_of(path).c_str(), &file_system) == 0 &&
         file_system.f_type == PROC_SUPER_MAGIC;
}

// Returns where `path` leads after all links. Fails if one of them must not be followed.
tl::expected<fs::path, int> end_of_links(const std::string& path) {
  constexpr int max_links = 40;  // path_resolution(7)
  fs::path name = path;
  for (int links = 0; links <= max_links; ++links) {
    struct stat there {};
    if (::lstat(name.c_str(), &there) != 0 || !S_ISLNK(there.st_mode)) return name;
    if (is_in_proc(name)) return name;
    if (!may_follow(there, name)) return tl::make_unexpected(EACCES);
    std::error_code error;
    const auto target = fs::read_symlink(name, error);
    if (error) return tl::make_unexpected(error.value());
    name = name.parent_path() / target;
  }
  return tl::make_unexpected(ELOOP);
}

// Returns the kernel's path of an open file, proc(5), or without /proc the one at the end of its
// links.
fs::path path_of(int descriptor, const std::string& path) {
  std::error_code error;
  auto found = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error);
  return error ? fs::canonical(path, error) : found;
}

}  // namespace

tl::expected<std::optional<ExistingFile>, int> open_existing(const std::string& path) {
  const auto end = end_of_links(path);
  if (!end) return tl::make_unexpected(end.error());
  ExistingFile file;
  if (::stat(end->c_str(), &file.status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return tl::make_unexpected(errno);
  }
  // The file is there, so O_CREAT creates nothing; but the kernel applies some rules only with it.
  // O_NOFOLLOW is for what has become a link meanwhile.
  const int flags = O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC | (is_in_proc(*end) ? 0 : O_NOFOLLOW);
  const bool waits = S_ISFIFO(file.status.st_mode);
  const auto deadline = posix::Clock::now() + reader_patience;
  do {
    file.descriptor.reset(::open(end->c_str(), flags | (waits ? O_NONBLOCK : 0), new_file));
    // ENXIO, fifo(7): nobody reads from it yet.
    if (file.descriptor || errno != ENXIO || !waits) break;
    static_cast<void>(posix::poll_until({}, posix::Clock::now() + reader_interval));
  } while (posix::Clock::now() < deadline);
  if (!file.descriptor || ::fstat(file.descriptor.get(), &file.status) != 0) {
    return tl::make_unexpected(errno);
  }
  return file;
}

std::optional<Place> place_of(const ExistingFile& file, const std::string& path) {
  auto place = open_place(path_of(file.descriptor.get(), path));
  struct stat there {};
  if (!place ||
      ::fstatat(place->folder.get(), place->name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 ||
      !is_same_file(there, file.status)) {
    return std::nullopt;
  }
  return std::move(*place);
}

tl::expected<Place, int> place_for_new(const std::string& path) {
  const auto end = end_of_links(path);
  if (!end) return tl::make_unexpected(end.error());
  // open(2) does not create folders.
  if (!end->has_filename()) return tl::make_unexpected(EISDIR);
  return open_place(*end);
}

bool has_links_or_attributes(int file, const struct stat& status) {
  if (status.st_nlink > 1) return true;
  std::array<char, XATTR_LIST_MAX> names{};
  const ssize_t size = ::flistxattr(file, names.data(), names.size());
  // Every new file gets those of a security module anyway.
  for (std::string_view rest(names.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
       !rest.empty(); rest.remove_prefix(rest.find('\0') + 1)) {
    if (!rest.starts_with("security.")) return true;
  }
  return false;
}

}  // namespace yodel::client
