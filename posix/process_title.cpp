#include "posix/process_title.hpp"

#include <algorithm>
#include <cstring>

namespace yodel::posix {

ProcessTitle::ProcessTitle(int argc, char** argv) noexcept {
  if (argc < 1) return;
  // The kernel places the strings one behind the other, execve(2).
  const char* last = argv[argc - 1];
  room_ = {argv[0], static_cast<std::size_t>(last - argv[0]) + std::strlen(last) + 1};
}

void ProcessTitle::set(std::initializer_list<std::string_view> parts) noexcept {
  if (room_.size() < min_room) return;
  // If the last byte is not NUL, the kernel takes the memory for a title and shows it only up to
  // the first NUL. Otherwise it would show all of it.
  auto rest = room_.first(room_.size() - 2);
  for (const auto part : parts)
    rest = rest.subspan(part.copy(rest.data(), rest.size()));
  std::fill(rest.begin(), rest.end(), '\0');
  room_[room_.size() - 2] = '\0';
  room_.back() = '\1';
}

}  // namespace yodel::posix
