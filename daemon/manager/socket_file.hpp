// The file of a Unix socket, unix(7).
#pragma once

#include <string>

#include "posix/descriptor.hpp"

namespace yodel::manager {

// Keeps the folder open and acts only in it, so that somebody who can rename folders in the path
// cannot divert it to another one. It does not follow symbolic links.
class SocketFile {
 public:
  explicit SocketFile(std::string path);

  // Removes an existing socket at the path if nobody listens at it.
  void remove_if_stale() const;

  // Marks the existing socket at the path as ours.
  void own() noexcept;
  // Returns whether the path leads to our socket, which may have been removed or replaced.
  [[nodiscard]] bool is_reachable() const noexcept;
  // Removes our socket, but not another one that has taken its place.
  void remove() const noexcept;

 private:
  [[nodiscard]] posix::Descriptor open() const noexcept;
  // Removes the file with the name if it is `file`.
  void remove(const posix::Descriptor& file) const noexcept;

  std::string path_;
  std::string name_;  // in the folder
  posix::Descriptor folder_;
  posix::Descriptor ours_;
};

// Returns the folder of `path`, which must begin with a '/'.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace yodel::manager
