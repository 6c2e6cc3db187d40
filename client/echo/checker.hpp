// Checks that an echo server sends back what it was sent. Pure: no system calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/echo/window.hpp"
#include "client/exchange/reply_reader.hpp"

namespace yodel::client::echo {

class Checker {
 public:
  // Borrows `window`.
  explicit Checker(Window& window) : window_(window) {}

  // Checks what came, and marks in the window what has come back. Returns false if something is
  // wrong.
  [[nodiscard]] bool check(std::string_view came);
  // To be called when the server has ended its side. Returns false if what came last was wrong.
  [[nodiscard]] bool finish() { return !is_fault(reader_.finish(true)); }
  // Returns what is wrong.
  [[nodiscard]] std::string complaint() const;

 private:
  Window& window_;
  ReplyReader reader_{{.protocol = protocol::Protocol::echo, .welcome = false, .by_option = false}};
  std::uint64_t expected_to_ = 0;  // where the expected reply ends
};

}  // namespace yodel::client::echo
