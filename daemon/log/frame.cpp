#include "log/frame.hpp"

#include <chrono>
#include <cstring>

namespace yodel::log {
namespace {

// Precedes the fields, each of which is its size and its bytes.
struct Header {
  std::int64_t time_usec = 0;
  std::uint32_t size = 0;  // of all fields, in bytes
  Output output;
};

void append(std::string& bytes, const void* data, std::size_t size) {
  bytes.append(static_cast<const char*>(data), size);
}

Fields split(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    std::uint32_t size = 0;
    std::memcpy(&size, body.data(), sizeof size);
    fields.push_back(body.substr(sizeof size, size));
    body.remove_prefix(sizeof size + size);
  }
  return fields;
}

}  // namespace

std::int64_t time_of_day_usec() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string encode(const Record& record, Output output) {
  std::string bytes(sizeof(Header), '\0');
  for (const auto& field : record.fields()) {
    const auto size = static_cast<std::uint32_t>(field.size());
    append(bytes, &size, sizeof size);
    bytes += field;
  }
  const Header header{.time_usec = time_of_day_usec(),
                      .size = static_cast<std::uint32_t>(bytes.size() - sizeof(Header)),
                      .output = output};
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::optional<Frame> decode(std::string_view bytes) {
  Header header{};
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  if (bytes.size() < header.size) return std::nullopt;
  return Frame{.time_usec = header.time_usec,
               .output = header.output,
               .fields = split(bytes.substr(0, header.size)),
               .size = sizeof header + header.size};
}

}  // namespace yodel::log
