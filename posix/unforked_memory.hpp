// Memory that a fork leaves behind.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace yodel::posix {

// Owns zeroed pages that children do not get, madvise(2) MADV_DONTFORK: nothing of them is copied
// at a fork, and a child that looks there faults.
class UnforkedMemory {
 public:
  UnforkedMemory() noexcept = default;
  // `size` bytes, at least 1. Pages take memory only once they are written. Throws
  // std::system_error.
  explicit UnforkedMemory(std::size_t size);
  UnforkedMemory(UnforkedMemory&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  UnforkedMemory& operator=(UnforkedMemory&& other) noexcept;
  UnforkedMemory(const UnforkedMemory&) = delete;
  UnforkedMemory& operator=(const UnforkedMemory&) = delete;
  ~UnforkedMemory();

  // The pages seen as `count` objects, all bits zero. They must be of a kind for which that is a
  // value and that needs no destruction.
  template <typename T>
  [[nodiscard]] std::span<T> as(std::size_t count) const noexcept {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    return {static_cast<T*>(address_), count};
  }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace yodel::posix
