#include "client/echo/progress.hpp"

#include <chrono>
#include <string>

#include "client/output.hpp"

namespace yodel::client {
namespace {

constexpr std::chrono::milliseconds interval{200};
// To the beginning of the line, and away with what is there: ECMA-48, CR and EL.
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

Progress::~Progress() {
  if (next_) print_note(clear_line);
}

void Progress::show(const EchoSummary& so_far) {
  if (!wanted_) return;
  const auto now = posix::Clock::now();
  if (next_ && now < *next_) return;
  next_ = now + interval;
  print_note(clear_line + to_string(so_far));
}

}  // namespace yodel::client
