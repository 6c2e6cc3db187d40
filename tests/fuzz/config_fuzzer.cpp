// Any bytes are either valid settings, which are printed so that they read back equal, or cause
// errors.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/load.hpp"
#include "config/print.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = yodel::config::parse({reinterpret_cast<const char*>(data), size});
  if (!loaded) {
    if (loaded.error().empty()) std::abort();
    return 0;
  }
  const auto again = yodel::config::parse(yodel::config::print(loaded->settings));
  if (!again || again->settings != loaded->settings) std::abort();
  return 0;
}
