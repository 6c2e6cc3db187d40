// Starts the acceptor's program.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "manager/supervisor/channel.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"

namespace yodel::manager {

// The program yodel-acceptor. It is opened once, so that after an upgrade of the package a running
// manager still starts the acceptor that it was built with.
class AcceptorProgram {
 public:
  // Finds the program beside the manager's own, or else in ../libexec/yodel/. Throws
  // std::system_error if it is in neither.
  [[nodiscard]] static AcceptorProgram find();

  struct Sockets {
    int listener;
    std::span<const int> retired;  // at most protocol::max_retired
  };
  // Starts an acceptor as the leader of a new process group, which its sessions will share. Borrows
  // `sockets` and `its_ends`. `where` is the address for its title. Throws std::system_error.
  [[nodiscard]] posix::Child start(const Sockets& sockets, const Channel::Ends& its_ends,
                                   const std::string& where) const;

 private:
  explicit AcceptorProgram(posix::Descriptor program) : program_(std::move(program)) {}
  posix::Descriptor program_;
};

}  // namespace yodel::manager
