#include "client/file/part_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace yodel::client {
namespace {

constexpr const char* own_descriptors = "/proc/self/fd/";
constexpr mode_t for_owner = S_IRUSR | S_IWUSR;

// Returns a name such as mkostemps(3) would make, which does not work in an open folder.
std::string random_name() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr int length = 6;
  std::random_device random;
  std::uniform_int_distribution<std::size_t> letter(0, letters.size() - 1);
  std::string name = ".yodel-";
  for (int i = 0; i < length; ++i)
    name += letters[letter(random)];
  return name + ".part";
}

// Creates a file with a free name, and sets `part` to that name.
posix::Descriptor make_part(const Place& place, std::string& part) {
  for (;;) {
    part = random_name();
    posix::Descriptor file(::openat(place.folder.get(), part.c_str(),
                                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, for_owner));
    if (file || errno != EEXIST) return file;
  }
}

posix::Descriptor open_nameless(const Place& place) {
  if (::access(own_descriptors, X_OK) != 0) return {};
  return posix::Descriptor(
      ::openat(place.folder.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, for_owner));
}

// Links the nameless `file` into the folder under an unused name. Returns 0 or an errno(3).
// linkat(2) with AT_EMPTY_PATH would need a capability before Linux 6.10.
int give_name(int file, const Place& place, const std::string& name) {
  const std::string nameless = own_descriptors + std::to_string(file);
  const int result =
      ::linkat(AT_FDCWD, nameless.c_str(), place.folder.get(), name.c_str(), AT_SYMLINK_FOLLOW);
  return result == 0 ? 0 : errno;
}

// Does the same with a free name, and sets `part` to that name.
int give_part_name(int file, const Place& place, std::string& part) {
  int error = EEXIST;
  while (error == EEXIST) {
    part = random_name();
    error = give_name(file, place, part);
  }
  if (error != 0) part.clear();
  return error;
}

int rename_part(const std::string& part, const Place& place) {
  const int folder = place.folder.get();
  return ::renameat(folder, part.c_str(), folder, place.name.c_str()) == 0 ? 0 : errno;
}

// Renames `part` to its name, which nothing may have. Returns 0 or an errno(3).
int rename_to_free(const std::string& part, const Place& place) {
  const int folder = place.folder.get();
  const char* const name = place.name.c_str();
  if (::renameat2(folder, part.c_str(), folder, name, RENAME_NOREPLACE) == 0) return 0;
  // Some file systems cannot do that: on those, looking first has to do.
  if (errno != EINVAL) return errno;
  struct stat there {};
  if (::fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  return rename_part(part, place);
}

}  // namespace

tl::expected<PartFile, int> PartFile::create(Place place) {
  if (auto file = open_nameless(place)) return PartFile(std::move(file), {}, std::move(place));
  std::string part;
  auto file = make_part(place, part);
  if (!file) return tl::make_unexpected(errno);
  return PartFile(std::move(file), std::move(part), std::move(place));
}

PartFile::PartFile(posix::Descriptor file, std::string part, Place place)
    : file_(std::move(file)), part_(std::move(part)), place_(std::move(place)) {}

PartFile::PartFile(PartFile&& other) noexcept
    : file_(std::move(other.file_)),
      part_(std::exchange(other.part_, {})),
      place_(std::move(other.place_)) {}

PartFile::~PartFile() {
  if (!part_.empty()) ::unlinkat(place_.folder.get(), part_.c_str(), 0);
}

int PartFile::commit(mode_t mode, Existing existing) {
  if (::fchmod(file_.get(), mode) != 0 || ::fsync(file_.get()) != 0) return errno;
  const bool nameless = part_.empty();
  int error = 0;
  if (existing == Existing::keep) {
    error = nameless ? give_name(file_.get(), place_, place_.name) : rename_to_free(part_, place_);
  } else {
    if (nameless) error = give_part_name(file_.get(), place_, part_);
    if (error == 0) error = rename_part(part_, place_);
  }
  if (error == 0) part_.clear();
  return error;
}

}  // namespace yodel::client
