// Memory that forked children do not inherit.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace yodel::posix {

// Owns zeroed pages that forked children do not inherit, MADV_DONTFORK in madvise(2). A fork copies
// nothing of them, and a child that accesses them faults.
class UnforkedMemory {
 public:
  UnforkedMemory() noexcept = default;
  // Maps `size` bytes, at least 1, which take memory only once they are written. Throws
  // std::system_error on failure.
  explicit UnforkedMemory(std::size_t size);
  UnforkedMemory(UnforkedMemory&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  UnforkedMemory& operator=(UnforkedMemory&& other) noexcept;
  UnforkedMemory(const UnforkedMemory&) = delete;
  UnforkedMemory& operator=(const UnforkedMemory&) = delete;
  ~UnforkedMemory();

  // Returns the pages as `count` objects. All their bits are zero, which must be a valid value of
  // T.
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
