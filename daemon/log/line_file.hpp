// A file of lines, which may be full, limited or without a reader.
#pragma once

#include <cstddef>
#include <string_view>

namespace yodel::log {

class LineFile {
 public:
  // `fd` stays the caller's. Its writes must not raise SIGPIPE or SIGXFSZ.
  explicit LineFile(int fd) noexcept : fd_(fd) {}

  // Writes `lines`, each with its newline, until the first error. Blocks for as long as there is no
  // room in a pipe. Returns how many of them, from the first, are whole in the file. A line that
  // was cut ends before the next one begins.
  [[nodiscard]] std::size_t write(std::string_view lines) noexcept;

 private:
  int fd_;
  bool is_cut_ = false;  // what was written last does not end with a newline
};

}  // namespace yodel::log
