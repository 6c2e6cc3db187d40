// With the framing "lines", the messages do not depend on how the network splits the bytes. With
// any framing, the reader does not invent bytes, and always has room for at least one more.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message_reader.hpp"

namespace {

using yodel::protocol::Framing;
using yodel::protocol::MessageReader;

constexpr std::size_t message_size = 12;

struct Seen {
  std::vector<std::string> messages;
  bool too_long = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// Feeds `input` in reads whose sizes come from `cuts`, again and again.
Seen read(Framing framing, std::string_view input, std::string_view cuts, std::size_t buffer_size) {
  std::vector<std::byte> buffer(buffer_size);
  MessageReader reader(framing, message_size, buffer);
  Seen seen;
  std::size_t turn = 0;
  for (;;) {
    const auto next = reader.next();
    switch (next.kind) {
      case MessageReader::Kind::message:
        if (next.text.size() > message_size) std::abort();
        seen.messages.push_back(std::string(next.text) + "|" + std::string(next.ending));
        break;
      case MessageReader::Kind::too_long: seen.too_long = true; return seen;
      case MessageReader::Kind::end: return seen;
      case MessageReader::Kind::need_input: {
        if (input.empty()) {
          reader.end_of_input();
          break;
        }
        const auto space = reader.space();
        if (space.empty()) std::abort();
        const std::size_t cut = cuts.empty()
                                    ? input.size()
                                    : static_cast<std::uint8_t>(cuts[turn++ % cuts.size()]) + 1u;
        const std::size_t size = std::min({space.size(), cut, input.size()});
        std::memcpy(space.data(), input.data(), size);
        reader.received(size);
        input.remove_prefix(size);
        break;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t cuts_size = std::min<std::size_t>(data[0] % 16, size - 1);
  const auto cuts = bytes.substr(1, cuts_size);
  const auto input = bytes.substr(1 + cuts_size);

  const Seen whole = read(Framing::lines, input, {}, 4096);
  if (read(Framing::lines, input, cuts, 4096) != whole) std::abort();
  if (read(Framing::lines, input, cuts, MessageReader::buffer_needed(message_size)) != whole)
    std::abort();

  for (const Framing framing : {Framing::automatic, Framing::unframed}) {
    std::size_t returned = 0;
    const Seen seen = read(framing, input, cuts, 64);
    for (const auto& message : seen.messages)
      returned += message.size() - 1;
    if (returned > input.size()) std::abort();
  }
  return 0;
}
