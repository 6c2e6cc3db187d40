// Any bytes decode to an event whose values are all in range, or are refused.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <variant>

#include "protocol/event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace yodel::protocol;
  const auto event = decode_event(std::as_bytes(std::span(data, size)));
  if (!event) return 0;
  if (size != sizeof(EncodedEvent)) std::abort();
  if (const auto* ended = std::get_if<Ended>(&*event)) {
    if (ended->pid <= 0 || to_string(ended->peer).empty()) std::abort();
    (void)is_crash(ended->wait_status);
  }
  if (const auto* report = std::get_if<Report>(&*event)) {
    if (name(report->reason) == "unknown" || report->reason == CloseReason::crashed) std::abort();
  }
  if (const auto* failed = std::get_if<SetupFailed>(&*event)) {
    if (name(failed->step) == "unknown") std::abort();
  }
  return 0;
}
