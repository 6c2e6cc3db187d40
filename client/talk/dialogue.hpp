// One dialogue with the server, step by step: what is said, what must come back, and what it means
// that something else does.
#pragma once

#include <string>
#include <string_view>

#include "client/connection/connection.hpp"
#include "client/exchange/reply_reader.hpp"
#include "client/failure.hpp"
#include "client/talk/talk.hpp"
#include "client/terminal/terminal_text.hpp"
#include "posix/poll.hpp"

namespace yodel::client::talk {

// Every step waits for TalkOptions::timeout at the most, prints what came to standard output, and
// fails with a text that names the server.
class Dialogue {
 public:
  // Both are lent for the dialogue's life.
  Dialogue(Connection& connection, const TalkOptions& options)
      : connection_(connection), options_(options), reader_(options.service) {}

  // Waits for the welcome.
  [[nodiscard]] Result<void> read_welcome();
  // Shows what has come while a message was waited for: more of the welcome, or what fails it.
  [[nodiscard]] Result<void> show_unasked();
  // Sends a message and waits for the reply, which must be the one that is due.
  [[nodiscard]] Result<void> exchange(const std::string& message);
  // Says "exit" and waits until the server has closed the connection.
  [[nodiscard]] Result<void> leave();
  // Ends the line of the welcome, of which more may come: what is shown next is no part of it.
  [[nodiscard]] Result<void> end_line();
  // Whether an empty message can be sent, as far as the framing is known.
  [[nodiscard]] bool takes_empty() const { return !obstacle(service(), ""); }
  // The failure that the connection has ended by itself; `when` says in what situation.
  [[nodiscard]] tl::unexpected<Failure> gone(std::string_view when);

 private:
  // What is spoken, with the framing as far as it is known.
  [[nodiscard]] Service service() const;
  // Takes in what comes until it can be told what it is.
  Reading await(posix::Clock::time_point deadline);
  // Takes in the rest of a wrong reply, so that it is shown whole: until its newline, or until
  // nothing has come for other_reply_pause.
  void await_line(posix::Clock::time_point deadline);
  [[nodiscard]] Result<void> show_welcome(std::string_view text);
  [[nodiscard]] tl::unexpected<Failure> timed_out(std::string_view what) const;
  [[nodiscard]] tl::unexpected<Failure> wrong() const;
  // Shows what came instead, unless it is the server's error, and fails.
  [[nodiscard]] Result<void> report_wrong();

  Connection& connection_;
  const TalkOptions& options_;
  ReplyReader reader_;
  PeerOutput output_;
  bool line_open_ = false;   // what was shown last has no newline
  bool line_ended_ = false;  // it got one from us
};

}  // namespace yodel::client::talk
