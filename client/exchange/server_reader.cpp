#include "client/exchange/server_reader.hpp"

#include <fmt/format.h>

#include "client/exchange/probe_reader.hpp"
#include "client/exchange/reply_reader.hpp"
#include "client/exchange/server_error.hpp"
#include "text/quote.hpp"

namespace yodel::client {

std::string ServerReader::so_far() const {
  const auto text = received();
  return text.empty() ? text : fmt::format("; got {} so far", text::excerpt(text));
}

std::string ServerReader::complaint() const {
  const auto error = server_error();
  return error ? error_text(*error) : difference();
}

std::unique_ptr<ServerReader> make_reader(const Service& service) {
  switch (service.protocol) {
    case protocol::Protocol::greet:
    case protocol::Protocol::echo: break;
    case protocol::Protocol::probe: return std::make_unique<ProbeReader>(service);
  }
  return std::make_unique<ReplyReader>(service);
}

}  // namespace yodel::client
