// A file's text.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace yodel::config {

// All of the regular file `path`. The error is what kept it from being read, and what was expected;
// a file of more than `max_size` bytes is not.
[[nodiscard]] tl::expected<std::string, std::string> read_file(const std::string& path,
                                                               std::size_t max_size);

}  // namespace yodel::config
