// The title of a process in ps(1) and systemctl status.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

namespace yodel::posix {

// Sets the title by overwriting main's arguments, which /proc/PID/cmdline shows, proc(5).
// (PR_SET_MM, prctl(2), could point it elsewhere, but needs a capability.)
class ProcessTitle {
 public:
  ProcessTitle() noexcept = default;  // without room for a title
  // `argc` and `argv` are those of main; the strings must not be read afterwards.
  ProcessTitle(int argc, char** argv) noexcept;

  // Sets the title to the concatenation of `parts`, cut to the room that main's arguments leave.
  // Changes nothing if that is less than min_room, which would hold little more than the program's
  // name. No part may lie in the arguments.
  void set(std::initializer_list<std::string_view> parts) noexcept;

 private:
  static constexpr std::size_t min_room = 16;  // bytes

  std::span<char> room_;
};

}  // namespace yodel::posix
