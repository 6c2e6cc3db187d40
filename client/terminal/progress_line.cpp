#include "client/terminal/progress_line.hpp"

#include <string>

#include "client/terminal/output.hpp"

namespace yodel::client {
namespace {

// Returns to the beginning of the line and clears it: CR and EL of ECMA-48.
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

ProgressLine::~ProgressLine() {
  if (next_) print_note(clear_line);
}

bool ProgressLine::is_due() const noexcept {
  return wanted_ && (!next_ || posix::Clock::now() >= *next_);
}

void ProgressLine::show(std::string_view text) {
  if (!wanted_) return;
  next_ = posix::Clock::now() + interval;
  print_note(clear_line + std::string(text));
}

void ProgressLine::keep() {
  if (next_) print_note("\n");
  next_.reset();
}

}  // namespace yodel::client
