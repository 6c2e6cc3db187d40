#include "client/failure.hpp"

#include <cctype>

namespace yodel::client {

std::string lower_case_cause(const char* text) {
  std::string cause = text;
  // An abbreviation such as "RPC" keeps its capitals.
  const bool word = cause.size() > 1 && std::islower(static_cast<unsigned char>(cause[1])) != 0;
  if (word) cause[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(cause[0])));
  return cause;
}

}  // namespace yodel::client
