#include "manager/socket_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "protocol/endpoint.hpp"

namespace yodel::manager {
namespace {

bool is_same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Returns whether nobody listens at this socket file. Connects through its descriptor, because its
// path may lead to another file by now.
bool is_stale(const posix::Descriptor& file) {
  protocol::Endpoint endpoint;
  endpoint.family = protocol::Family::local;
  endpoint.path = fmt::format("/proc/self/fd/{}", file.get());
  const auto address = to_socket_address(endpoint, 0);
  const posix::Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), address.get(), address.size) < 0 && errno == ECONNREFUSED;
}

}  // namespace

std::string folder_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

SocketFile::SocketFile(std::string path)
    : path_(std::move(path)),
      name_(path_.substr(path_.rfind('/') + 1)),
      folder_(::open(folder_of(path_).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

posix::Descriptor SocketFile::open() const noexcept {
  posix::Descriptor file(::openat(folder_.get(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat there {};
  if (::fstat(file.get(), &there) < 0 || !S_ISSOCK(there.st_mode)) return {};
  return file;
}

void SocketFile::remove_if_stale() const {
  if (const auto file = open(); file && is_stale(file)) remove(file);
}

void SocketFile::own() noexcept {
  ours_ = open();
}

bool SocketFile::is_reachable() const noexcept {
  struct stat ours {};
  struct stat there {};
  return ::fstat(ours_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         is_same_file(ours, there);
}

void SocketFile::remove() const noexcept {
  if (ours_) remove(ours_);
}

void SocketFile::remove(const posix::Descriptor& file) const noexcept {
  struct stat ours {};
  struct stat there {};
  if (::fstat(file.get(), &ours) == 0 &&
      ::fstatat(folder_.get(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
      is_same_file(ours, there)) {
    ::unlinkat(folder_.get(), name_.c_str(), 0);
  }
}

}  // namespace yodel::manager
