// What a server has sent, as a terminal may show it.
#pragma once

#include <string>
#include <string_view>

#include "client/failure.hpp"

namespace yodel::client {

// Takes a text in any pieces. Its lines and tabs stay; all else that a terminal would obey, a
// sequence that sets its title or its clipboard, moves the cursor or turns the direction of the
// text (ECMA-48, Unicode UAX 9), and all that is no UTF-8, is escaped byte by byte: \x1b. "\r\n"
// becomes
// "\n".
class TerminalText {
 public:
  // Returns what can be shown so far: the end of a piece may be the first half of a character.
  [[nodiscard]] std::string feed(std::string_view piece);
  // The text ends, or stops for a while. Returns what was held back.
  [[nodiscard]] std::string finish();

 private:
  std::string held_;
};

// Standard output for what a server has sent: on a terminal as TerminalText has it, else byte for
// byte.
class PeerOutput {
 public:
  PeerOutput();

  [[nodiscard]] Result<void> write(std::string_view bytes);
  [[nodiscard]] Result<void> finish();

 private:
  bool is_terminal_;
  TerminalText text_;
};

}  // namespace yodel::client
