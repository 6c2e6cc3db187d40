#include "client/bench/script.hpp"

#include <algorithm>

namespace yodel::client::bench {
namespace {

constexpr std::size_t max_digits = 16;

// Returns where in `text` there are such digits.
std::vector<std::size_t> places_of(const std::string& digits, const std::string& text) {
  std::vector<std::size_t> places;
  for (auto at = text.find(digits); at != std::string::npos;
       at = text.find(digits, at + digits.size()))
    places.push_back(at);
  return places;
}

}  // namespace

Script::Script(const Service& service, std::size_t payload)
    : digits_(std::min(payload, max_digits)) {
  const std::string message = std::string(digits_, '0') + std::string(payload - digits_, '.');
  request_ = request_of(service, message);
  reply_ = reply_of(service, message);
  farewell_ = farewell_of(service);
  farewell_reply_ = reply_to_farewell(service);
  const std::string zeros(digits_, '0');
  offsets_in_request_ = places_of(zeros, request_);
  offsets_in_reply_ = places_of(zeros, reply_);
}

void Script::number(std::uint64_t value, std::string& request, std::string& reply) const noexcept {
  constexpr unsigned bits = 4;
  for (std::size_t at = digits_; at-- > 0; value >>= bits) {
    const char digit = "0123456789abcdef"[value & ((1U << bits) - 1)];
    for (const auto offset : offsets_in_request_)
      request[offset + at] = digit;
    for (const auto offset : offsets_in_reply_)
      reply[offset + at] = digit;
  }
}

}  // namespace yodel::client::bench
