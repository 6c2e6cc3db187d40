#include "client/terminal/terminal_text.hpp"

#include <unistd.h>
#include <utility>

#include "client/terminal/output.hpp"
#include "text/quote.hpp"
#include "text/utf8.hpp"

namespace yodel::client {
namespace {

// Returns how many bytes at the front of `text` a terminal may show as they are.
std::size_t shown_size(std::string_view text) {
  const bool layout = text.front() == '\n' || text.front() == '\t';
  return layout ? 1 : text::printable_size(text);
}

// Returns whether more bytes could make the whole of `text` a character or a line end.
bool is_half(std::string_view text) {
  if (text == "\r") return true;
  constexpr std::size_t max_size = 4;
  for (std::string whole(text); whole.size() < max_size;) {
    // The lowest and the highest byte that can follow. Some first bytes admit only half of them.
    whole += '\x80';
    if (text::character_size(whole) == whole.size()) return true;
    whole.back() = '\xbf';
    if (text::character_size(whole) == whole.size()) return true;
  }
  return false;
}

}  // namespace

std::string TerminalText::feed(std::string_view piece) {
  const std::string whole = std::exchange(held_, {}).append(piece);
  std::string shown;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t passes = shown_size(rest);
    if (passes > 0) {
      shown += rest.substr(0, passes);
      rest.remove_prefix(passes);
    } else if (is_half(rest)) {
      held_ = rest;
      break;
    } else {
      // Of CR and LF only the LF is shown.
      if (!rest.starts_with("\r\n")) text::append_escaped(shown, rest.substr(0, 1));
      rest.remove_prefix(1);
    }
  }
  return shown;
}

std::string TerminalText::finish() {
  return text::escaped(std::exchange(held_, {}));
}

PeerOutput::PeerOutput() : is_terminal_(::isatty(STDOUT_FILENO) != 0) {}

Result<void> PeerOutput::write(std::string_view bytes) {
  return is_terminal_ ? print(text_.feed(bytes)) : print(bytes);
}

Result<void> PeerOutput::finish() {
  return print(text_.finish());
}

}  // namespace yodel::client
