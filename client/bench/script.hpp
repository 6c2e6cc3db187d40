// The dialogue on a connection of `yodel bench`: its requests and the replies to expect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/exchange/service.hpp"

namespace yodel::client::bench {

// The dialogue of a run. Each message holds its number in up to 16 hexadecimal digits, as many as
// fit, so that the reply to another message is recognised as wrong.
class Script {
 public:
  // `payload` is the size of a message in bytes, at least 1.
  Script(const Service& service, std::size_t payload);

  [[nodiscard]] const std::string& request() const noexcept { return request_; }
  // Returns the reply without a line ending.
  [[nodiscard]] const std::string& reply() const noexcept { return reply_; }
  // Writes the number of a message into copies of request() and reply().
  void number(std::uint64_t value, std::string& request, std::string& reply) const noexcept;

  // Return the last message before the end of file, and the reply to it; either may be empty.
  [[nodiscard]] const std::string& farewell() const noexcept { return farewell_; }
  [[nodiscard]] const std::string& farewell_reply() const noexcept { return farewell_reply_; }

 private:
  std::string request_;
  std::string reply_;
  std::string farewell_;
  std::string farewell_reply_;
  std::size_t digits_ = 0;
  // Where the digits of the number begin: in a message and, probe, in its ID.
  std::vector<std::size_t> offsets_in_request_;
  std::vector<std::size_t> offsets_in_reply_;
};

}  // namespace yodel::client::bench
