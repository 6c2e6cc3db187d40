// What ps(1) and systemctl status show of a process.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

namespace yodel::posix {

// Writes over the memory of main's arguments, which /proc/PID/cmdline shows, proc(5). (PR_SET_MM,
// prctl(2), which would point it elsewhere, needs a capability.)
class ProcessTitle {
 public:
  ProcessTitle() noexcept = default;  // has no room
  // `argv` and `argc` are main's; their strings must not be read any more.
  ProcessTitle(int argc, char** argv) noexcept;

  // Shows these texts, one behind the other, or as much of them as there is room for; with too
  // little room for anything that tells more than the program's name, nothing changes. None of them
  // may lie in the arguments.
  void set(std::initializer_list<std::string_view> parts) noexcept;

 private:
  static constexpr std::size_t min_room = 16;  // bytes

  std::span<char> room_;
};

}  // namespace yodel::posix
