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

std::size_t Window::take_back(std::string_view came) noexcept {
  const std::size_t all = came.size();
  while (!came.empty()) {
    const auto expected = due().substr(0, came.size());
    // memcmp(3), which string_view uses, is many times faster than looking for the difference.
    const bool same = expected == came.substr(0, expected.size());
    const auto right =
        same ? expected.size()
             : static_cast<std::size_t>(
                   std::mismatch(expected.begin(), expected.end(), came.begin()).first -
                   expected.begin());
    come_back_ += right;
    came.remove_prefix(right);
    if (!same || expected.empty()) break;
  }
  return all - came.size();
}

}  // namespace yodel::client::echo
