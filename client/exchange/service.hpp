// The messages for a server and the replies that it must give. Pure: no system calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/protocol.hpp"

namespace yodel::client {

// The beginning of the header that a probe server sends first.
constexpr std::string_view probe_greeting = "probe/1 ";
// The word before the data of a probe's request and reply.
constexpr std::string_view probe_data_word = " data=";

// How messages and replies are told apart on a connection.
enum class Framing : std::uint8_t {
  unknown,  // the first reply decides; until then each message is sent as a line
  lines,    // each message and each reply ends with a newline
  unframed  // nothing ends them: a message is what one read by the server returns
};

// The protocol of a server, and how it is spoken.
struct Service {
  protocol::Protocol protocol = protocol::Protocol::greet;
  Framing framing = Framing::lines;  // of greet only
  bool welcome = true;               // the server speaks first; a line ends what it says if it
                                     // speaks probe, otherwise nothing does
  bool by_option = true;             // the command has --protocol, to choose the other protocol
};

// Returns whether servers of `protocol` send a welcome or, probe, a header.
[[nodiscard]] bool has_welcome(protocol::Protocol protocol) noexcept;

// Return the bytes that carry the message `payload`, and those that answer it, the latter without
// the newline that ends a line. Those of probe are "ID data=PAYLOAD"; an answer has more words
// between the two. ID is the first word of the message, of which it has at most 16 bytes.
[[nodiscard]] std::string request_of(const Service& service, std::string_view payload);
[[nodiscard]] std::string reply_of(const Service& service, std::string_view payload);
// Returns the size of what ends a reply: 1 for the newline of a line, or 0.
[[nodiscard]] std::size_t ending_size(const Service& service) noexcept;
// Return the bytes to send before ending our side, and the reply to them from a server that does
// not know "exit". Both may be empty. If the framing is unknown, the bytes have no newline: a
// server in lines also takes what comes before the end of file for a message.
[[nodiscard]] std::string farewell_of(const Service& service);
[[nodiscard]] std::string reply_to_farewell(const Service& service);

// Returns the protocol that a server seems to speak instead of the one in `service`, judged by
// `said`, the first bytes that it sends while the reply `due` is expected (empty: none). A greet
// server sends "welcome" or "hello, ", an echo server the message as it was sent, a probe server
// probe_greeting. Returns std::nullopt if it may well speak the right protocol.
[[nodiscard]] std::optional<protocol::Protocol> other_protocol(const Service& service,
                                                               std::string_view due,
                                                               std::string_view said);
// Returns what to do about a server that seems to speak `actual` instead: "this looks like an echo
// server: use --protocol echo", or the command for such servers if this one has no --protocol.
[[nodiscard]] std::string mismatch_of(const Service& service, protocol::Protocol actual);
// Returns "the welcome", or "the header" of probe, for a message about a timeout, with what to do
// if there is none.
[[nodiscard]] std::string awaited_welcome(const Service& service);

// Returns why `message` cannot be sent so that the server sees where it ends, or std::nullopt if it
// can.
[[nodiscard]] std::optional<std::string> obstacle(const Service& service, std::string_view message);
// Returns whether messages may be sent before earlier ones are answered: whether the server can
// tell them apart and, probe, says of each when it came.
[[nodiscard]] bool can_pipeline(const Service& service) noexcept;

// Returns "greet in lines", "greet unframed", "echo" or "probe".
[[nodiscard]] std::string description_of(const Service& service);

}  // namespace yodel::client
