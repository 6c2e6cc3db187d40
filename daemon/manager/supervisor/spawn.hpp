// How an acceptor is started.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "manager/supervisor/channel.hpp"
#include "posix/child.hpp"
#include "posix/descriptor.hpp"

namespace yodel::manager {

// The program yodel-acceptor, opened once: whatever an upgrade of the package puts in its place, a
// running manager goes on with the one that it was built with.
class AcceptorProgram {
 public:
  // Looks beside the manager's own program, then in ../libexec/yodel/. Throws std::system_error if
  // it is in neither.
  [[nodiscard]] static AcceptorProgram find();

  struct Sockets {
    int listener;
    std::span<const int> retired;  // at most protocol::max_retired
  };
  // Starts one on `sockets` and its ends of the sockets to us, all of which stay the caller's, as
  // the leader of a process group of its own, to which its sessions belong too. `where` is for
  // its title. Throws std::system_error.
  [[nodiscard]] posix::Child start(const Sockets& sockets, const Channel::Ends& its,
                                   const std::string& where) const;

 private:
  explicit AcceptorProgram(posix::Descriptor program) : program_(std::move(program)) {}
  posix::Descriptor program_;
};

}  // namespace yodel::manager
