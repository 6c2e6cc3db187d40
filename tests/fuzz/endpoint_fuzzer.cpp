// Any text is either a valid address, which is printed so that it reads back equal, or is refused.
// The same holds for networks.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/endpoint.hpp"
#include "protocol/network.hpp"

namespace {

void check_network(std::string_view text) {
  using namespace yodel::protocol;
  const auto network = parse_network(text);
  if (!network) return;
  const auto again = parse_network(to_string(*network));
  if (!is_valid(*network) || !again || *again != *network) std::abort();
  // A network contains its first address.
  if (!contains(*network, {.address = network->address, .family = network->family})) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace yodel::protocol;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_network(text);
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) return 0;
  const auto again = parse_endpoint(address_text(*endpoint));
  if (!again || *again != *endpoint) std::abort();
  const auto back = endpoint_from(to_socket_address(*endpoint, 0));
  if (!back || back->address != endpoint->address || back->path != endpoint->path) std::abort();
  return 0;
}
