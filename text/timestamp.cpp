#include "text/timestamp.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace yodel::text {

std::string utc_timestamp(std::time_t time) {
  std::tm parts{};
  if (::gmtime_r(&time, &parts) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "gmtime_r");
  }
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%FT%T", &parts)};
}

}  // namespace yodel::text
