// Text from a server, made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "client/failure.hpp"

namespace yodel::client {

// Takes a text in any pieces. Keeps its lines and tabs, and turns "\r\n" into "\n". Escapes all
// else that a terminal would obey, such as a sequence that sets its title or its clipboard, moves
// the cursor or turns the direction of the text (ECMA-48, Unicode UAX 9), and all that is not
// UTF-8, byte by byte: \x1b.
class TerminalText {
 public:
  // Returns what can be shown so far. Holds back half a character at the end of a piece.
  [[nodiscard]] std::string feed(std::string_view piece);
  // Returns what was held back. To be called when the text ends or stops for a while.
  [[nodiscard]] std::string finish();

 private:
  std::string held_;
};

// Standard output for text from a server: as TerminalText makes it on a terminal, and otherwise
// byte for byte.
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
