// An address of any text is one that is printed and read back equal, or it is none.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/endpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace yodel::protocol;
  const auto endpoint = parse_endpoint({reinterpret_cast<const char*>(data), size});
  if (!endpoint) return 0;
  const auto again = parse_endpoint(address_text(*endpoint));
  if (!again || *again != *endpoint) std::abort();
  const auto back = endpoint_from(to_socket_address(*endpoint, 0));
  if (!back || back->address != endpoint->address || back->path != endpoint->path) std::abort();
  return 0;
}
