// Memory that is shared between processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace yodel::posix {

// Owns an attachment to a System V shared memory segment, shmop(2). A forked child does not inherit
// the attachment, as with UnforkedMemory. The segment is removed with its last attachment.
//
// memfd_create(2) would not do: RLIMIT_FSIZE bounds the size of a memfd, so a daemon whose log is
// limited by `ulimit -f` could not start.
class SharedMemory {
 public:
  enum class Access : std::uint8_t { read, write };

  SharedMemory() noexcept = default;
  // Creates a segment of `size` zeroed bytes, which take memory only once they are written. Only
  // processes of the same user may attach it. Throws std::system_error on failure.
  [[nodiscard]] static SharedMemory create(std::size_t size);
  // Attaches the segment `id` of another process, which must still be attached to it. Throws
  // std::system_error on failure.
  [[nodiscard]] static SharedMemory attach(int id, std::size_t size, Access access);

  SharedMemory(SharedMemory&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(other.size_), id_(other.id_) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] int id() const noexcept { return id_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept {
    return {static_cast<std::byte*>(address_), address_ == nullptr ? 0 : size_};
  }

 private:
  void* address_ = nullptr;  // null: empty
  std::size_t size_ = 0;
  int id_ = -1;
};

}  // namespace yodel::posix
