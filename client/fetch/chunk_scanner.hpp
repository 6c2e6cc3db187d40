// Finds the end of a body in chunks: RFC 9112, 7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace yodel::client::fetch {

// Follows the chunks of a body that is saved together with them.
class ChunkScanner {
 public:
  // Takes the next bytes, and passes the contents of the chunks to `data`. Returns false if the
  // bytes cannot belong to such a body, or come after its end.
  [[nodiscard]] bool feed(std::string_view bytes,
                          const std::function<void(std::string_view)>& data);
  // Returns whether the last chunk and the empty line after it have come.
  [[nodiscard]] bool is_whole() const noexcept { return place_ == Place::end; }

 private:
  enum class Place : std::uint8_t {
    size,       // of a chunk, in hexadecimal digits
    extension,  // the rest of that line
    data,
    data_end,       // the line end after it
    trailer_begin,  // of a line after the last chunk
    trailer,        // the rest of that line
    end
  };

  [[nodiscard]] bool take_byte(char byte);
  [[nodiscard]] bool take_size(char byte);

  Place place_ = Place::size;
  std::uint64_t left_ = 0;  // of the chunk
  int digits_ = 0;
};

}  // namespace yodel::client::fetch
