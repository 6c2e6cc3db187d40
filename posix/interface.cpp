#include "posix/interface.hpp"

#include <array>
#include <charconv>
#include <net/if.h>

namespace yodel::posix {

unsigned interface_index(const std::string& name) noexcept {
  if (const unsigned index = ::if_nametoindex(name.c_str())) return index;
  unsigned index = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, index);
  if (error != std::errc() || stop != end) return 0;
  std::array<char, IF_NAMESIZE> room{};
  return ::if_indextoname(index, room.data()) == nullptr ? 0 : index;
}

}  // namespace yodel::posix
