#include "client/connection/peer_failure.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>

#include "text/duration.hpp"

namespace yodel::client {

Failure peer_failure(ExitStatus status, std::string_view peer, std::string_view what) {
  return {.status = status, .text = fmt::format("{}: {}", peer, what)};
}

std::string timed_out_text(std::chrono::nanoseconds timeout, std::string_view what) {
  return fmt::format("timed out after {} waiting for {}", text::print_duration(timeout), what);
}

std::string ended_text(int error, std::string_view when) {
  const auto how = error == 0 ? std::string("the server closed the connection")
                              : lower_case_cause(std::strerror(error));
  return when.empty() ? how : fmt::format("{} {}", how, when);
}

std::string before_welcome(int error) {
  std::string text = "before the welcome";
  if (error == ECONNRESET) text += " (this host may not be in the server's allow list)";
  return text;
}

std::string end_text(int error) {
  return error == 0 ? "closed by the server" : lower_case_cause(std::strerror(error));
}

Failure timed_out(std::string_view peer, std::chrono::nanoseconds timeout, std::string_view what) {
  return peer_failure(ExitStatus::timed_out, peer, timed_out_text(timeout, what));
}

Failure ended(std::string_view peer, int error, std::string_view when) {
  return peer_failure(ExitStatus::wrong_answer, peer, ended_text(error, when));
}

}  // namespace yodel::client
