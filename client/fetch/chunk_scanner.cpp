#include "client/fetch/chunk_scanner.hpp"

#include <algorithm>

namespace yodel::client::fetch {
namespace {

constexpr std::string_view hexadecimal = "0123456789abcdef0123456789ABCDEF";
constexpr unsigned bits = 4;
constexpr int max_digits = 15;  // less than 2^60 bytes

}  // namespace

bool ChunkScanner::take_size(char byte) {
  const auto digit = hexadecimal.find(byte);
  if (digit != std::string_view::npos) {
    left_ = (left_ << bits) + digit % 16;
    return ++digits_ <= max_digits;
  }
  if (digits_ == 0) return false;
  // A bare LF ends a line too, as in a header. Anything else is an extension, which is skipped.
  place_ = Place::extension;
  return std::string_view(" \t;\r\n").find(byte) != std::string_view::npos &&
         (byte != '\n' || take_byte(byte));
}

bool ChunkScanner::take_byte(char byte) {
  switch (place_) {
    case Place::size: return take_size(byte);
    case Place::extension:
      if (byte == '\n') place_ = left_ == 0 ? Place::trailer_begin : Place::data;
      return true;
    case Place::data: return false;  // feed() has consumed it
    case Place::data_end:
      if (byte != '\n') return byte == '\r';
      place_ = Place::size;
      digits_ = 0;
      return true;
    case Place::trailer_begin:
      if (byte == '\n') {
        place_ = Place::end;
      } else if (byte != '\r') {
        place_ = Place::trailer;
      }
      return true;
    case Place::trailer:
      if (byte == '\n') place_ = Place::trailer_begin;
      return true;
    case Place::end: return false;
  }
  return false;
}

bool ChunkScanner::feed(std::string_view bytes, const std::function<void(std::string_view)>& data) {
  while (!bytes.empty()) {
    if (place_ == Place::data) {
      const auto size = std::min<std::uint64_t>(left_, bytes.size());
      data(bytes.substr(0, size));
      bytes.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) place_ = Place::data_end;
      continue;
    }
    if (!take_byte(bytes.front())) return false;
    bytes.remove_prefix(1);
  }
  return true;
}

}  // namespace yodel::client::fetch
