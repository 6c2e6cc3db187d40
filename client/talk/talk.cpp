#include "client/talk/talk.hpp"

#include "client/talk/dialogue.hpp"
#include "protocol/greet.hpp"

namespace yodel::client::talk {

namespace {

Result<void> converse(Dialogue& dialogue, Connection& connection, Messages& messages) {
  for (;;) {
    // The user types on a new line. In a pipe more of the welcome may still come.
    if (messages.interactive()) {
      if (auto ended = dialogue.end_line(); !ended) return ended;
    }
    const auto next = messages.next(connection);
    if (!next) return tl::make_unexpected(next.error());
    if (auto shown = dialogue.show_unasked(); !shown) return shown;
    switch (next->kind) {
      case NextMessage::Kind::message: break;
      case NextMessage::Kind::server_spoke: continue;
      case NextMessage::Kind::end: return dialogue.leave();
      case NextMessage::Kind::server_ended: return dialogue.gone({});
    }
    if (next->text == protocol::exit_message) return dialogue.leave();
    // On a terminal the user has just pressed Enter.
    if (next->text.empty() && messages.interactive() && !dialogue.takes_empty()) continue;
    if (auto reply = dialogue.exchange(next->text); !reply) return reply;
  }
}

}  // namespace

Result<void> talk(Connection& connection, Messages& messages, const TalkOptions& options) {
  Dialogue dialogue(connection, options);
  auto done = options.service.welcome ? dialogue.read_welcome() : Result<void>();
  if (done) done = converse(dialogue, connection, messages);
  const auto ended = dialogue.end_line();
  return done ? ended : done;
}

}  // namespace yodel::client::talk
