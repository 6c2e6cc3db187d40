// One dialogue with the server, step by step: what is said, what must come back, and what it means
// that something else does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/connection/connection.hpp"
#include "client/failure.hpp"
#include "client/talk/reply.hpp"
#include "client/talk/talk.hpp"
#include "posix/poll.hpp"

namespace yodel::client::talk {

// Every step waits for TalkOptions::timeout at the most, prints what came to standard output, and
// fails with a text that names the server.
class Dialogue {
 public:
  // Both are lent for the dialogue's life.
  Dialogue(Connection& connection, const TalkOptions& options)
      : connection_(connection), options_(options), framing_(options.framing) {}

  // Waits for the welcome.
  [[nodiscard]] Result<void> read_welcome();
  // Sends a message and waits for the reply, which must be the one that is due.
  [[nodiscard]] Result<void> exchange(const std::string& message);
  // Says "exit" and waits until the server has closed the connection.
  [[nodiscard]] Result<void> leave();
  // Whether an empty message can be sent, as far as the framing is known.
  [[nodiscard]] bool takes_empty() const { return !obstacle("", framing_); }
  // The failure that the connection has ended by itself; `when` says in what situation.
  [[nodiscard]] tl::unexpected<Failure> gone(std::string_view when) const;

 private:
  enum class Answer : std::uint8_t { right, wrong, ended, timed_out };

  // Takes in what comes until it can be told what it is.
  Answer await(const ExpectedReply& expected, posix::Clock::time_point deadline);
  // Failures, each with the server's name before its text.
  [[nodiscard]] tl::unexpected<Failure> failed(ExitStatus status, std::string_view what) const;
  [[nodiscard]] tl::unexpected<Failure> timed_out(std::string_view what) const;
  [[nodiscard]] tl::unexpected<Failure> cut_short(Answer answer, std::string_view message) const;
  [[nodiscard]] Result<void> report_unexpected(const std::string& expected) const;
  // "; got '…' so far", where something has come.
  [[nodiscard]] std::string so_far() const;

  Connection& connection_;
  const TalkOptions& options_;
  Framing framing_;
  ExpectedReply::Match match_;  // of the last reply
  bool replied_ = false;
};

}  // namespace yodel::client::talk
