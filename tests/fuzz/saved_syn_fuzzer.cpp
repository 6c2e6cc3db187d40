// Any bytes are a SYN whose values are in their ranges, and which a header shows in one line, or
// are refused.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "protocol/probe.hpp"
#include "protocol/saved_syn.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace yodel::protocol;
  const auto syn = parse_saved_syn(std::as_bytes(std::span(data, size)));
  if (!syn) return 0;
  constexpr std::size_t min_headers = 20 + 20;
  if (size < min_headers || syn->dscp > 63 || syn->option_count > max_syn_options) std::abort();
  // The parser keeps nothing of padding, nor a segment size that no option has.
  const auto options = syn->options();
  if (std::any_of(options.begin(), options.end(), [](const SynOption& option) {
        return static_cast<int>(option.kind) < 2 ||
               (option.shift != 0 && option.kind != SynOptionKind::window_scale);
      }))
    std::abort();
  const SynOption mss{.kind = SynOptionKind::mss};
  const bool has_mss = std::find(options.begin(), options.end(), mss) != options.end();
  if (syn->mss.has_value() != has_mss) std::abort();

  std::array<char, probe::header_room> room{};
  const auto line = probe::write_header({.version = "1",
                                         .host = "h",
                                         .listener = "l",
                                         .peer = {.family = Family::ipv4},
                                         .local = {.family = Family::ipv4},
                                         .idle_timeout = {},
                                         .keepalive = {},
                                         .syn = syn},
                                        room);
  if (line.find('\n') != line.size() - 1 || line.size() >= room.size()) std::abort();
  if (line.find(" syn.ttl=") == std::string_view::npos) std::abort();
  if ((line.find(" syn.options=") == std::string_view::npos) != options.empty()) std::abort();
  if (line.find("  ") != std::string_view::npos || line.find(",,") != std::string_view::npos)
    std::abort();
  return 0;
}
