// The text of a file or a stream.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace yodel::config {

// All of the regular file `path`. The error is what kept it from being read, and what was expected;
// a file of more than `max_size` bytes is not.
[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::string& path,
                                                               std::size_t max_size);

// Returns whether `path` means standard input: "-" or "/dev/stdin".
[[nodiscard]] bool is_standard_input(const std::string& path);
// Returns whether what `path` names can be read only once: standard input or a pipe, as the
// /dev/fd/63 that a shell makes of <(...).
[[nodiscard]] bool is_stream(const std::string& path);

// Returns all of the stream `path`, and waits for its end. The error is as that of read_file(); a
// stream of more than `max_size` bytes is refused without waiting for its end.
[[nodiscard]] tl::expected<std::string, std::string> read_stream(const std::string& path,
                                                                 std::size_t max_size);

}  // namespace yodel::config
