// An acceptor as the manager sees it: a program, a process group and a channel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "posix/child.hpp"
#include "posix/descriptor.hpp"
#include "protocol/event.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager {

// The program yodel-acceptor, opened once: whatever an upgrade of the package puts in its place, a
// running manager goes on with the one that it was built with.
class AcceptorProgram {
 public:
  // Looks beside the manager's own program, then in ../libexec/yodel/. Throws StartError.
  [[nodiscard]] static AcceptorProgram find();

  // A name by which it can be executed.
  [[nodiscard]] std::string path() const;

 private:
  explicit AcceptorProgram(posix::Descriptor program) : program_(std::move(program)) {}
  posix::Descriptor program_;
};

class AcceptorProcess {
 public:
  // Starts one on `listener`, which stays the caller's, in a process group of its own, to which its
  // sessions belong too. `listener_text` is for its title. Throws StartError or std::system_error.
  [[nodiscard]] static AcceptorProcess start(const AcceptorProgram& program, int listener,
                                             const protocol::Launch& launch,
                                             const std::string& listener_text);

  struct Received {
    enum class Kind : std::uint8_t {
      event,    // `event`, or nothing: the record was none
      nothing,  // none waits
      closed    // the acceptor and all its sessions are gone, and every event of theirs was given
    };
    Kind kind = Kind::nothing;
    pid_t sender = 0;  // the kernel's word
    std::optional<protocol::Event> event{};
  };
  // The next record of the channel, without waiting.
  [[nodiscard]] Received receive();

  // Asks for a sign of life: it answers Alive.
  void ask() const noexcept;
  // Tells it to stop accepting and to end with its last session.
  void drain() const noexcept;
  [[nodiscard]] int channel() const noexcept { return channel_.get(); }
  [[nodiscard]] posix::Child& child() noexcept { return child_; }
  [[nodiscard]] const posix::Child& child() const noexcept { return child_; }

 private:
  AcceptorProcess(posix::Child child, posix::Descriptor channel)
      : child_(std::move(child)), channel_(std::move(channel)) {}

  posix::Child child_;
  posix::Descriptor channel_;
};

}  // namespace yodel::manager
