// An owning file descriptor, and settings of descriptors.
#pragma once

#include <utility>

namespace yodel::posix {

// Owns a file descriptor; the destructor closes it, close(2). Empty after a move.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  // Takes ownership of `fd`; a negative number makes an empty Descriptor.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  // Returns the number, which stays owned here; -1 if empty.
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  // Returns the number and gives up ownership: the caller must close it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  // Closes the owned descriptor, if any, and takes ownership of `fd`. Ignores errors of close(2):
  // on Linux the number is free afterwards in any case.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, so that no file that is
// opened later is taken for standard input, output or error. Each is opened for the wrong
// direction, so that its use fails.
void occupy_standard_descriptors() noexcept;

// Raises the soft limit of open descriptors, RLIMIT_NOFILE, to the hard limit, getrlimit(2). It is
// low only for programs that use select(2). If this fails, the limit stays.
void raise_descriptor_limit() noexcept;

// Sets O_NONBLOCK on the open file description of `fd`, fcntl(2). Throws std::system_error on
// failure.
void set_nonblocking(int fd);

}  // namespace yodel::posix
