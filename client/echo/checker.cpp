#include "client/echo/checker.hpp"

#include <fmt/format.h>

#include "text/counted.hpp"
#include "text/quote.hpp"

namespace yodel::client::echo {

// Takes what was sent and has not come back for one reply, as far as it is contiguous.
bool Checker::check(std::string_view came) {
  while (!came.empty()) {
    if (!reader_.is_due() && !window_.due().empty()) {
      expected_to_ = window_.returned() + window_.due().size();
      reader_.expect(window_.due());
    }
    const std::size_t before = reader_.matched();
    const auto reading = reader_.read(came, window_.sent() > expected_to_);
    window_.mark_returned(reader_.matched() - before);
    if (is_fault(reading)) return false;
  }
  return true;
}

std::string Checker::complaint() const {
  const auto place = window_.returned();
  if (place == 0 && (reader_.server_error() || reader_.other_protocol())) {
    return reader_.complaint();
  }
  // The number of bytes shown of a difference.
  constexpr std::size_t shown_size = 16;
  const auto expected = window_.due().substr(0, shown_size);
  const std::string_view came = reader_.other();
  std::string text;
  if (!expected.empty()) {
    text = fmt::format("byte {} is wrong: expected {}, got {}", place + 1, text::excerpt(expected),
                       text::excerpt(came.substr(0, expected.size())));
  } else if (place > 0) {
    text = fmt::format("got {} after all {} had come back", text::excerpt(came),
                       text::counted(place, "byte"));
  } else {
    text = fmt::format("got {} before anything was sent", text::excerpt(came));
  }
  return text;
}

}  // namespace yodel::client::echo
