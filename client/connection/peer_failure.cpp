#include "client/connection/peer_failure.hpp"

#include <cstring>
#include <fmt/format.h>

#include "text/duration.hpp"

namespace yodel::client {

Failure peer_failure(ExitStatus status, std::string_view peer, std::string_view what) {
  return {.status = status, .text = fmt::format("{}: {}", peer, what)};
}

Failure timed_out(std::string_view peer, std::chrono::nanoseconds timeout, std::string_view what) {
  return peer_failure(
      ExitStatus::timed_out, peer,
      fmt::format("timed out after {} waiting for {}", text::print_duration(timeout), what));
}

Failure ended(std::string_view peer, int error, std::string_view when) {
  const auto how =
      error == 0 ? std::string("closed the connection") : lower_case_cause(std::strerror(error));
  return peer_failure(ExitStatus::wrong_answer, peer, fmt::format("{} {}", how, when));
}

}  // namespace yodel::client
