#include "protocol/greet.hpp"

namespace yodel::protocol {

std::string reply_to(std::string_view message) {
  std::string reply;
  reply.reserve(reply_size(message.size(), 0));
  return reply.append(reply_prefix).append(message).append(reply_suffix);
}

std::string too_long_error(std::size_t message_size) {
  return "error: message longer than " + std::to_string(message_size) + " bytes\n";
}

}  // namespace yodel::protocol
