#include "client/echo/checker.hpp"

#include <fmt/format.h>

#include "text/counted.hpp"
#include "text/quote.hpp"

namespace yodel::client::echo {

// What was sent and has not come back is one reply, as far as it is in one piece.
bool Checker::check(std::string_view came) {
  while (!came.empty()) {
    if (!reader_.is_due() && !window_.due().empty()) {
      expected_to_ = window_.come_back() + window_.due().size();
      reader_.expect(window_.due());
    }
    const std::size_t before = reader_.matched();
    const auto reading = reader_.read(came, window_.sent() > expected_to_);
    window_.mark_come_back(reader_.matched() - before);
    if (is_fault(reading)) return false;
  }
  return true;
}

std::string Checker::complaint() const {
  const auto place = window_.come_back();
  if (place == 0 && (reader_.server_error() || reader_.other_protocol())) {
    return reader_.complaint();
  }
  // How many bytes of a difference are shown.
  constexpr std::size_t shown_size = 16;
  const auto expected = window_.due().substr(0, shown_size);
  const std::string_view came = reader_.other();
  std::string text;
  if (!expected.empty()) {
    text = fmt::format("byte {} is wrong: expected {}, got {}", place + 1, text::excerpt(expected),
                       text::excerpt(came.substr(0, expected.size())));
  } else if (place > 0) {
    text = fmt::format("got {} behind all {} that were sent", text::excerpt(came),
                       text::counted(place, "byte"));
  } else {
    text = fmt::format("got {} before anything was sent", text::excerpt(came));
  }
  return text;
}

}  // namespace yodel::client::echo
