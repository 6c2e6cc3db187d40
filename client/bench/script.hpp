// What is said on a connection of `yodel bench`, and what must come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "client/exchange/service.hpp"

namespace yodel::client::bench {

// Made once for a run. A message is as long as was asked for and holds its number in as many
// hexadecimal digits as there is room for, so that a reply to another one is told apart.
class Script {
 public:
  // `payload`, the bytes of a message, is at least 1.
  Script(const Service& service, std::size_t payload);

  [[nodiscard]] const std::string& request() const noexcept { return request_; }
  // Without what ends a line.
  [[nodiscard]] const std::string& reply() const noexcept { return reply_; }
  // Writes the number of a message into copies of request() and reply().
  void number(std::uint64_t value, std::string& request, std::string& reply) const noexcept;

  // Said at the end, before the end of file, and what answers that; may be empty.
  [[nodiscard]] const std::string& farewell() const noexcept { return farewell_; }
  [[nodiscard]] const std::string& farewell_reply() const noexcept { return farewell_reply_; }

 private:
  std::string request_;
  std::string reply_;
  std::string farewell_;
  std::string farewell_reply_;
  std::size_t digits_ = 0;
  std::size_t offset_in_reply_ = 0;
};

}  // namespace yodel::client::bench
