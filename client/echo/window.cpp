#include "client/echo/window.hpp"

#include <algorithm>

namespace yodel::client::echo {

std::string_view Window::view(std::uint64_t begin, std::uint64_t end) const noexcept {
  const std::size_t place = begin % ring_.size();
  return {ring_.data() + place, std::min<std::size_t>(end - begin, ring_.size() - place)};
}

std::span<char> Window::room() noexcept {
  const auto free = view(read_, written_ + ring_.size());
  return {ring_.data() + read_ % ring_.size(), free.size()};
}

}  // namespace yodel::client::echo
