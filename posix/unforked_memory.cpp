#include "posix/unforked_memory.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>

namespace yodel::posix {

UnforkedMemory::UnforkedMemory(std::size_t size) : size_(size) {
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  address_ = pages;
  if (::madvise(pages, size, MADV_DONTFORK) < 0) {
    const int error = errno;
    ::munmap(pages, size);
    throw std::system_error(error, std::generic_category(), "madvise(MADV_DONTFORK)");
  }
}

UnforkedMemory& UnforkedMemory::operator=(UnforkedMemory&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  return *this;
}

UnforkedMemory::~UnforkedMemory() {
  if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace yodel::posix
