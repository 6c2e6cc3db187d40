#include "client/talk/dialogue.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "client/connection/peer_failure.hpp"
#include "client/terminal/output.hpp"
#include "text/quote.hpp"

namespace yodel::client::talk {
namespace {

using posix::Clock;
using Received = Connection::Received;
using namespace std::chrono_literals;

// Nothing marks the end of a welcome. The network does not cut one that fits into the smallest
// segment that every host accepts (RFC 9293, 3.7.1). After a longer one the client waits for more
// until nothing has come for this time.
constexpr std::size_t smallest_segment = 536;
constexpr auto welcome_pause = 200ms;

}  // namespace

Service Dialogue::service() const {
  Service service = options_.service;
  service.framing = reader_.framing();
  return service;
}

tl::unexpected<Failure> Dialogue::timed_out(std::string_view what) const {
  return tl::make_unexpected(client::timed_out(connection_.peer(), options_.timeout, what));
}

tl::unexpected<Failure> Dialogue::wrong() const {
  return tl::make_unexpected(
      peer_failure(ExitStatus::wrong_answer, connection_.peer(), reader_.complaint()));
}

tl::unexpected<Failure> Dialogue::gone(std::string_view when) {
  static_cast<void>(reader_.read_from(connection_));
  static_cast<void>(reader_.finish(true));
  if (reader_.server_error()) return wrong();
  return tl::make_unexpected(ended(connection_.peer(), connection_.error(), when));
}

Result<void> Dialogue::end_line() {
  if (!line_open_) return {};
  line_open_ = false;
  line_ended_ = true;
  return output_.finish().and_then([] { return print("\n"); });
}

Result<void> Dialogue::show_welcome(std::string_view text) {
  // The welcome's own newline came late: the line has ended already.
  if (line_ended_ && text.starts_with("\r\n")) text.remove_prefix(1);
  if (line_ended_ && text.starts_with('\n')) text.remove_prefix(1);
  if (text.empty()) return {};
  line_ended_ = false;
  line_open_ = !text.ends_with('\n');
  return output_.write(text);
}

Result<void> Dialogue::read_welcome() {
  const auto deadline = Clock::now() + options_.timeout;
  std::string welcome;
  auto state = connection_.receive(deadline);
  for (;;) {
    welcome += connection_.received();
    const auto reading = reader_.read_from(connection_);
    if (is_fault(reading)) return report_wrong();
    if (state != Received::bytes) break;
    auto until = deadline;
    if (reading == Reading::welcome) {
      const bool more = welcome.size() >= smallest_segment;
      until = std::min(deadline, Clock::now() + (more ? welcome_pause : 0ms));
    }
    state = connection_.receive(until);
  }
  if (!welcome.empty()) return show_welcome(welcome);
  if (state == Received::timed_out) {
    return timed_out(awaited_welcome(options_.service));
  }
  return gone(before_welcome(connection_.error()));
}

Reading Dialogue::await(Clock::time_point deadline) {
  for (;;) {
    const auto reading = reader_.read_from(connection_);
    if (reading != Reading::incomplete) return reading;
    const auto now = Clock::now();
    if (connection_.ended() || now >= deadline ||
        connection_.receive(reader_.wait_until(deadline, now)) == Received::timed_out) {
      return reader_.finish(connection_.ended());
    }
  }
}

void Dialogue::await_line(Clock::time_point deadline) {
  while (!reader_.received().ends_with('\n') && reader_.received().size() < max_unframed &&
         connection_.receive(std::min(deadline, Clock::now() + other_reply_pause)) ==
             Received::bytes) {
    static_cast<void>(reader_.read_from(connection_));
  }
}

Result<void> Dialogue::report_wrong() {
  if (reader_.server_error()) return wrong();
  const auto received = reader_.received();
  const bool is_line = received.empty() || received.ends_with('\n');
  const auto printed = end_line()
                           .and_then([&] { return output_.write(received); })
                           .and_then([&] { return output_.finish(); })
                           .and_then([&] { return is_line ? Result<void>() : print("\n"); });
  return printed ? wrong() : printed;
}

Result<void> Dialogue::show_unasked() {
  const std::string unasked(connection_.received());
  const auto reading = reader_.read_from(connection_);
  if (is_fault(reading) || reader_.server_error()) return report_wrong();
  return reading == Reading::welcome ? show_welcome(unasked) : Result<void>();
}

Result<void> Dialogue::exchange(const std::string& message) {
  if (const auto reason = obstacle(service(), message)) {
    return tl::make_unexpected(peer_failure(ExitStatus::usage, connection_.peer(), *reason));
  }
  const std::string reply = reply_of(options_.service, message);
  const auto deadline = Clock::now() + options_.timeout;
  reader_.expect(reply);
  const auto sent = connection_.send(request_of(service(), message), deadline);
  const auto quoted = text::excerpt(message);
  if (sent == Connection::Sent::timed_out) return timed_out("the server to read " + quoted);
  // A server that does not read the message may have said why.
  const Reading reading = await(deadline);
  switch (reading) {
    case Reading::welcome:
    case Reading::incomplete:
      if (connection_.ended())
        return gone(fmt::format("before answering {}{}", quoted, reader_.so_far()));
      return timed_out(fmt::format("the reply to {}{}", quoted, reader_.so_far()));
    case Reading::wrong:
    case Reading::too_much: await_line(deadline); return report_wrong();
    case Reading::reply: break;
  }
  return show_welcome(reader_.rest_of_welcome()).and_then([&] { return end_line(); }).and_then([&] {
    return output_.write(reply + '\n');
  });
}

Result<void> Dialogue::leave() {
  const auto deadline = Clock::now() + options_.timeout;
  auto sent = Connection::Sent::cut_off;
  if (!connection_.ended()) sent = connection_.send(farewell_of(service()), deadline);
  if (sent == Connection::Sent::timed_out) return timed_out("the server to read 'exit'");
  // The end of file says the same to a server that does not know the word.
  connection_.finish_sending();
  // Every reply has come, so nothing is lost if the server has closed already or resets now.
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
