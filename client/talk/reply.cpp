#include "client/talk/reply.hpp"

#include "protocol/greet.hpp"

namespace yodel::client::talk {

std::string framed(std::string_view message, Framing framing) {
  std::string bytes(message);
  if (framing != Framing::unframed) bytes += '\n';
  return bytes;
}

std::string framed_exit(Framing framing) {
  return framed(protocol::exit_message,
                framing == Framing::lines ? Framing::lines : Framing::unframed);
}

std::optional<std::string> obstacle(std::string_view message, Framing framing) {
  if (framing == Framing::unframed) {
    if (message.empty()) return "an empty message cannot be sent unframed";
    return std::nullopt;
  }
  if (message.find('\n') != std::string_view::npos) {
    return "a message with a newline in it would be two";
  }
  // The server would take it for a part of the line's end.
  if (message.ends_with('\r')) return "a message cannot end with a carriage return";
  return std::nullopt;
}

ExpectedReply::ExpectedReply(std::string_view message, Framing framing, bool welcome_may_precede)
    : text_(protocol::reply_to(message)), welcome_may_precede_(welcome_may_precede) {
  switch (framing) {
    case Framing::unknown:
      forms_.push_back({text_ + '\n', Framing::lines});
      forms_.push_back({text_, Framing::undecided});
      forms_.push_back({protocol::reply_to(std::string(message) + '\n'), Framing::unframed});
      break;
    case Framing::undecided:
      forms_.push_back({'\n' + text_ + '\n', Framing::lines});
      forms_.push_back({'\n' + text_, Framing::lines, true});
      forms_.push_back({text_, Framing::unframed});
      break;
    case Framing::lines:
      forms_.push_back({text_ + '\n', Framing::lines});
      forms_.push_back({text_, Framing::lines, true});
      break;
    case Framing::unframed: forms_.push_back({text_, Framing::unframed}); break;
  }
}

ExpectedReply::Match ExpectedReply::match(std::string_view received, bool ended) const {
  for (const auto& form : forms_) {
    if (form.only_at_end && !ended) continue;
    if (received == form.bytes) return {Kind::right, 0, form.framing};
  }
  for (const auto& form : forms_) {
    if (std::string_view(form.bytes).starts_with(received)) return {Kind::incomplete};
  }
  for (const auto& form : forms_) {
    if (welcome_may_precede_ && received.ends_with(form.bytes)) {
      return {Kind::right, received.size() - form.bytes.size(), form.framing};
    }
  }
  return {Kind::unexpected};
}

}  // namespace yodel::client::talk
