#include "client/failure.hpp"

#include <cctype>
#include <unistd.h>

#include "text/credentials.hpp"

namespace yodel::client {

int report(const Failure& failure, std::string_view hint) {
  if (failure.text.empty()) return static_cast<int>(failure.status);
  const std::string text =
      "yodel: " + text::hide_credentials(failure.text) + "\n" + std::string(hint);
  // If standard error fails, there is nowhere left to report it.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  return static_cast<int>(failure.status);
}

std::string lower_case_cause(const char* text) {
  std::string cause = text;
  // An abbreviation such as "RPC" keeps its capitals.
  const bool word = cause.size() > 1 && std::islower(static_cast<unsigned char>(cause[1])) != 0;
  if (word) cause[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(cause[0])));
  return cause;
}

}  // namespace yodel::client
