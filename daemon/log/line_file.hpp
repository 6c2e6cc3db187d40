// Writes lines to a file that may be on a full disk, at its size limit or without a reader.
#pragma once

#include <cstddef>
#include <string_view>

namespace yodel::log {

class LineFile {
 public:
  // Borrows `fd`. The process must ignore SIGPIPE and SIGXFSZ, so that failed writes return errors.
  explicit LineFile(int fd) noexcept : fd_(fd) {}

  // Writes `lines`, each with its newline, up to the first error. Blocks while a pipe is full.
  // Returns the number of complete lines in the file. After a line that was cut short, the next
  // call starts a new one.
  [[nodiscard]] std::size_t write(std::string_view lines) noexcept;

 private:
  int fd_;
  bool is_cut_ = false;  // the last write ended in the middle of a line
};

}  // namespace yodel::log
