// The file of a Unix socket, unix(7).
#pragma once

#include <string>

#include "posix/descriptor.hpp"

namespace yodel::manager {

// Holds the folder, and acts only in it: somebody who may rename folders of the path cannot lead it
// to another one. It follows no link.
class SocketFile {
 public:
  explicit SocketFile(std::string path);

  // Removes the socket that is there if nobody listens at it.
  void remove_if_stale() const;

  // Takes the socket that is there for ours.
  void own() noexcept;
  // Returns whether the path leads to ours: it may have been removed, or replaced.
  [[nodiscard]] bool is_reachable() const noexcept;
  // Removes ours, and nobody else's.
  void remove() const noexcept;

 private:
  [[nodiscard]] posix::Descriptor open() const noexcept;
  // Removes what has the name if it is the open file `file`.
  void remove(const posix::Descriptor& file) const noexcept;

  std::string path_;
  std::string name_;  // in the folder
  posix::Descriptor folder_;
  posix::Descriptor ours_;
};

// Returns the folder of `path`, which begins with a '/'.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace yodel::manager
