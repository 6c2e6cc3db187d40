// A file descriptor with an owner.
#pragma once

#include <utility>

namespace yodel::posix {

// Owns one file descriptor and closes it, close(2), when it goes. Empty when moved from.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  // Takes `fd` over; a negative number makes an empty Descriptor.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  // The descriptor's number, still owned here; -1 when empty.
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  // Gives the number away: closing it is now the caller's business.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  // Closes what is owned and takes `fd` over. An error of close(2) is of no use to anyone here:
  // on Linux the number is free afterwards in every case.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

// Opens /dev/null in the place of those of descriptors 0, 1 and 2 that are closed, in the direction
// that fails, so that nothing that is opened later is taken for standard input, output or error.
void occupy_standard_descriptors() noexcept;

// Lets this process open as many as it may: its own limit, RLIMIT_NOFILE, which is low for the sake
// of select(2), becomes the highest that it is granted, getrlimit(2). Where that fails it stays.
void raise_descriptor_limit() noexcept;

// Sets O_NONBLOCK on the open file that `fd` names, fcntl(2). Throws std::system_error.
void set_nonblocking(int fd);

}  // namespace yodel::posix
