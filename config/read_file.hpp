// Reads the text of a file or a stream.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace yodel::config {

// Returns the contents of the regular file `path`. The error says why they could not be read, for
// example because there are more than `max_size` bytes.
[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::string& path,
                                                               std::size_t max_size);

// Returns whether `path` means standard input: "-" or "/dev/stdin".
[[nodiscard]] bool is_standard_input(const std::string& path);
// Returns whether `path` can be read only once: standard input, or a pipe, such as the /dev/fd/63
// that a shell makes of <(...).
[[nodiscard]] bool is_stream(const std::string& path);

// Returns the contents of the stream `path`; blocks until its end. The error is that of
// read_file(). Does not wait for the end of a stream of more than `max_size` bytes, but refuses it.
[[nodiscard]] tl::expected<std::string, std::string> read_stream(const std::string& path,
                                                                 std::size_t max_size);

}  // namespace yodel::config
