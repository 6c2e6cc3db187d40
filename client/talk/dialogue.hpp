// The client's side of one greet dialogue, step by step: what it sends, what must come back, and
// what it reports if something else does.
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

// Each step blocks for at most TalkOptions::timeout, prints what the server sent on standard
// output, and fails with a message that names the server.
class Dialogue {
 public:
  // Borrows both for as long as the dialogue lives.
  Dialogue(Connection& connection, const TalkOptions& options)
      : connection_(connection), options_(options), reader_(options.service) {}

  // Waits for the welcome and prints it.
  [[nodiscard]] Result<void> read_welcome();
  // Prints what came while the caller waited for a message: more of the welcome. Fails if it is
  // anything else.
  [[nodiscard]] Result<void> show_unasked();
  // Sends a message and prints the reply. Fails unless it is the right one.
  [[nodiscard]] Result<void> exchange(const std::string& message);
  // Sends "exit" and waits until the server has closed the connection.
  [[nodiscard]] Result<void> leave();
  // Ends the line of the welcome, so that what is printed next stands on a line of its own. More of
  // the welcome may still come.
  [[nodiscard]] Result<void> end_line();
  // Returns whether an empty message can be sent, as far as the framing is known.
  [[nodiscard]] bool takes_empty() const { return !obstacle(service(), ""); }
  // Returns the failure for a connection that the server has ended; `when` says at what point.
  [[nodiscard]] tl::unexpected<Failure> gone(std::string_view when);

 private:
  // Returns the service, with the framing as far as it is known.
  [[nodiscard]] Service service() const;
  // Receives until it is clear what has come, or until `deadline`.
  Reading await(posix::Clock::time_point deadline);
  // Receives the rest of a wrong reply, so that it is printed whole: up to its newline, or until
  // nothing has come for other_reply_pause.
  void await_line(posix::Clock::time_point deadline);
  [[nodiscard]] Result<void> show_welcome(std::string_view text);
  [[nodiscard]] tl::unexpected<Failure> timed_out(std::string_view what) const;
  [[nodiscard]] tl::unexpected<Failure> wrong() const;
  // Prints what came instead of the reply, unless it is an error from the server, and fails.
  [[nodiscard]] Result<void> report_wrong();

  Connection& connection_;
  const TalkOptions& options_;
  ReplyReader reader_;
  PeerOutput output_;
  bool line_open_ = false;   // the line printed last has no newline
  bool line_ended_ = false;  // that line got its newline from us
};

}  // namespace yodel::client::talk
