// Any bytes are a header that names a client with an address, or none; may become one; or are
// refused. What follows the header changes nothing.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "protocol/proxy_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace yodel::protocol;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto header = parse_proxy_header(bytes);
  if (!header) {
    // The acceptor reads so many bytes that every header is whole.
    const bool is_incomplete = header.error() == ProxyFault::incomplete;
    if (is_incomplete && size >= max_proxy_header) std::abort();
    return 0;
  }
  if (header->size == 0 || header->size > size || header->size > max_proxy_header) std::abort();
  if (header->client && header->client->family == Family::local) std::abort();
  const auto alone = parse_proxy_header(bytes.first(header->size));
  if (!alone || alone->size != header->size || alone->client != header->client) std::abort();
  const auto cut = parse_proxy_header(bytes.first(header->size - 1));
  if (cut || cut.error() != ProxyFault::incomplete) std::abort();
  return 0;
}
