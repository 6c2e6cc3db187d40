// Whether what comes back from an echo server is what was sent. Pure: no system calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/echo/window.hpp"
#include "client/exchange/reply_reader.hpp"

namespace yodel::client::echo {

class Checker {
 public:
  // `window` is borrowed.
  explicit Checker(Window& window) : window_(window) {}

  // Takes what came, and tells the window what has come back; false: something is wrong.
  [[nodiscard]] bool check(std::string_view came);
  // The server has ended its side; false: what came last was wrong.
  [[nodiscard]] bool finish() { return !is_fault(reader_.finish(true)); }
  // What is wrong.
  [[nodiscard]] std::string complaint() const;

 private:
  Window& window_;
  ReplyReader reader_{{.protocol = protocol::Protocol::echo, .welcome = false, .by_option = false}};
  std::uint64_t expected_to_ = 0;  // where the reply that is due ends
};

}  // namespace yodel::client::echo
