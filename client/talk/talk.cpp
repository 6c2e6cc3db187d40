#include "client/talk/talk.hpp"

#include "client/talk/dialogue.hpp"
#include "protocol/greet.hpp"

namespace yodel::client::talk {

Result<void> talk(Connection& connection, Messages& messages, const TalkOptions& options) {
  Dialogue dialogue(connection, options);
  if (options.welcome) {
    if (auto welcome = dialogue.read_welcome(); !welcome) return welcome;
  }
  for (;;) {
    const auto next = messages.next(connection);
    if (!next) return tl::make_unexpected(next.error());
    switch (next->kind) {
      case NextMessage::Kind::message: break;
      case NextMessage::Kind::end: return dialogue.leave();
      case NextMessage::Kind::server_ended: return dialogue.gone("while it waited for a message");
    }
    if (next->text == protocol::exit_message) return dialogue.leave();
    // On a terminal, that is somebody who just pressed Enter.
    if (next->text.empty() && messages.interactive() && !dialogue.takes_empty()) continue;
    if (auto reply = dialogue.exchange(next->text); !reply) return reply;
  }
}

}  // namespace yodel::client::talk
