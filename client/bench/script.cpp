#include "client/bench/script.hpp"

#include <algorithm>

namespace yodel::client::bench {
namespace {

constexpr std::size_t max_digits = 16;

}  // namespace

Script::Script(const Service& service, std::size_t payload)
    : digits_(std::min(payload, max_digits)) {
  const std::string message = std::string(digits_, '0') + std::string(payload - digits_, '.');
  request_ = request_of(service, message);
  reply_ = reply_of(service, message);
  farewell_ = farewell_of(service);
  farewell_reply_ = reply_to_farewell(service);
  offset_in_reply_ = reply_.find(message);
}

void Script::number(std::uint64_t value, std::string& request, std::string& reply) const noexcept {
  constexpr unsigned bits = 4;
  for (std::size_t at = digits_; at-- > 0; value >>= bits) {
    const char digit = "0123456789abcdef"[value & ((1U << bits) - 1)];
    request[at] = digit;
    reply[offset_in_reply_ + at] = digit;
  }
}

}  // namespace yodel::client::bench
