#include "posix/shared_memory.hpp"

#include <cerrno>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <system_error>

namespace yodel::posix {

SharedMemory SharedMemory::create(std::size_t size) {
  constexpr int owner_only = 0600;
  const int id = ::shmget(IPC_PRIVATE, size, IPC_CREAT | SHM_NORESERVE | owner_only);
  if (id < 0) throw std::system_error(errno, std::generic_category(), "shmget");
  // On Linux a segment that is marked for removal can still be attached as long as any process is
  // attached, shmctl(2). So no segment stays behind, however its processes end.
  const auto remove = [id] { (void)::shmctl(id, IPC_RMID, nullptr); };
  try {
    auto memory = attach(id, size, Access::write);
    remove();
    return memory;
  } catch (const std::system_error&) {
    remove();
    throw;
  }
}

SharedMemory SharedMemory::attach(int id, std::size_t size, Access access) {
  void* address = ::shmat(id, nullptr, access == Access::read ? SHM_RDONLY : 0);
  // shmat(2) returns -1, as a pointer.
  if (reinterpret_cast<std::intptr_t>(address) == -1) {
    throw std::system_error(errno, std::generic_category(), "shmat");
  }
  SharedMemory memory;
  memory.address_ = address;
  memory.size_ = size;
  memory.id_ = id;
  if (::madvise(address, size, MADV_DONTFORK) < 0) {
    throw std::system_error(errno, std::generic_category(), "madvise(MADV_DONTFORK)");
  }
  return memory;
}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  std::swap(id_, other.id_);
  return *this;
}

SharedMemory::~SharedMemory() {
  // munmap(2) and not shmdt(2), which does the same: a confined acceptor may call only munmap(2).
  if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace yodel::posix
