#include "client/talk/dialogue.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "client/exchange/exchange.hpp"
#include "client/terminal/output.hpp"
#include "text/duration.hpp"
#include "text/quote.hpp"

namespace yodel::client::talk {
namespace {

using posix::Clock;
using Received = Connection::Received;
using namespace std::chrono_literals;

// A welcome has no end of its own, but one that is smaller than the smallest segment that every
// host takes (RFC 9293, 3.7.1) is not cut by the network. The rest of a longer one is waited for,
// until nothing has come for this time.
constexpr std::size_t smallest_segment = 536;
constexpr auto welcome_pause = 200ms;

// An unexpected reply is shown when nothing more has come for this time, so that it is shown whole;
// and what looks like one may be the end of the welcome, with the reply still to come from a server
// that, as the tutorial's, takes a second over it.
constexpr auto reply_pause = 2s;
// A welcome, and what stands beside a reply, are not read further than so many bytes.
constexpr std::size_t most_unexpected = 65536;

}  // namespace

tl::unexpected<Failure> Dialogue::failed(ExitStatus status, std::string_view what) const {
  return failure(status, fmt::format("{}: {}", connection_.peer(), what));
}

tl::unexpected<Failure> Dialogue::timed_out(std::string_view what) const {
  return failed(ExitStatus::timed_out, fmt::format("timed out after {} waiting for {}",
                                                   text::print_duration(options_.timeout), what));
}

tl::unexpected<Failure> Dialogue::gone(std::string_view when) const {
  if (const auto error = server_error(connection_.received())) {
    return failed(ExitStatus::wrong_answer, "the server's error: " + text::printable(*error));
  }
  if (connection_.error() == 0) {
    return failed(ExitStatus::wrong_answer, fmt::format("closed the connection {}", when));
  }
  return failed(ExitStatus::wrong_answer,
                fmt::format("{} {}", lower_case_cause(std::strerror(connection_.error())), when));
}

std::string Dialogue::so_far() const {
  if (connection_.received().empty()) return {};
  return fmt::format("; got {} so far", text::excerpt(connection_.received()));
}

Result<void> Dialogue::read_welcome() {
  const auto deadline = Clock::now() + options_.timeout;
  Received state = connection_.receive(deadline);
  if (state == Received::timed_out) {
    return timed_out("the welcome (--no-welcome, if the server sends none)");
  }
  const bool refusal = connection_.received().starts_with("error: ");
  while (state == Received::bytes && Clock::now() < deadline &&
         connection_.received().size() < most_unexpected) {
    const bool more = refusal || connection_.received().size() >= smallest_segment;
    state =
        connection_.receive(more ? std::min(deadline, Clock::now() + welcome_pause) : Clock::now());
  }
  if (connection_.received().empty() || server_error(connection_.received())) {
    return gone("before the welcome");
  }
  const std::string welcome(connection_.received());
  connection_.consume(welcome.size());
  return print_line(welcome);
}

Dialogue::Answer Dialogue::await(const ExpectedReply& expected, Clock::time_point deadline) {
  // A line is an answer and no end of a welcome.
  const bool line_ends_it = replied_ || !options_.welcome;
  for (;;) {
    const auto received = connection_.received();
    match_ = expected.match(received, connection_.ended());
    if (match_.kind == ExpectedReply::Kind::right) return Answer::right;
    if (server_error(received)) return Answer::wrong;

    const bool unexpected = match_.kind == ExpectedReply::Kind::unexpected;
    if (connection_.ended()) return unexpected ? Answer::wrong : Answer::ended;
    const bool whole = (line_ends_it && received.ends_with('\n')) ||
                       received.size() > expected.text().size() + most_unexpected;
    if (unexpected && whole) return Answer::wrong;

    const auto until = unexpected ? std::min(deadline, Clock::now() + reply_pause) : deadline;
    const bool late = Clock::now() >= deadline;
    if (late || connection_.receive(until) == Received::timed_out) {
      return unexpected ? Answer::wrong : Answer::timed_out;
    }
  }
}

Result<void> Dialogue::report_unexpected(const std::string& expected) const {
  auto received = connection_.received();
  if (server_error(received)) return gone("");
  // The newline of the reply before, which was still to come.
  if (framing_ == Framing::undecided && received.starts_with('\n')) received.remove_prefix(1);
  if (auto printed = print_line(received); !printed) return printed;

  return failed(ExitStatus::wrong_answer, difference(expected, received));
}

tl::unexpected<Failure> Dialogue::cut_short(Answer answer, std::string_view message) const {
  if (answer == Answer::timed_out) {
    return timed_out(fmt::format("the reply to {}{}", text::excerpt(message), so_far()));
  }
  return gone(fmt::format("before answering {}{}", text::excerpt(message), so_far()));
}

Result<void> Dialogue::exchange(const std::string& message) {
  if (const auto reason = obstacle(message, framing_)) return failed(ExitStatus::usage, *reason);
  const ExpectedReply expected(message, framing_, options_.welcome && !replied_);
  const auto deadline = Clock::now() + options_.timeout;
  const auto sent = connection_.send(framed(message, framing_), deadline);
  if (sent == Connection::Sent::timed_out) {
    return timed_out(fmt::format("the server to read {}", text::excerpt(message)));
  }
  // A server that does not take the message may have said why.
  const Answer answer = await(expected, deadline);
  switch (answer) {
    case Answer::right: break;
    case Answer::wrong: return report_unexpected(expected.text());
    case Answer::ended:
    case Answer::timed_out: return cut_short(answer, message);
  }
  const std::string welcome(connection_.received().substr(0, match_.before));
  connection_.consume(connection_.received().size());
  framing_ = match_.framing;
  replied_ = true;
  return print_line(welcome).and_then([&] { return print(expected.text() + '\n'); });
}

Result<void> Dialogue::leave() {
  const auto deadline = Clock::now() + options_.timeout;
  auto sent = Connection::Sent::cut_off;
  if (!connection_.ended()) sent = connection_.send(framed_exit(framing_), deadline);
  if (sent == Connection::Sent::timed_out) return timed_out("the server to read 'exit'");
  // A server that does not know the word is told by the end of file.
  connection_.finish_sending();
  // Every reply has come: a server that has closed already, or resets now, takes nothing from us.
  while (!connection_.ended()) {
    connection_.consume(connection_.received().size());
    const bool late = Clock::now() >= deadline;
    if (late || connection_.receive(deadline) == Received::timed_out) {
      return timed_out("the server to close the connection");
    }
  }
  return {};
}

}  // namespace yodel::client::talk
