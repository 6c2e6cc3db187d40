// The lines of the protocol "probe": a header, then a reply for each request. Probe requests are
// lines, so MessageReader cuts them out of the stream: Framing::lines, messages of max_size.
//
// Nothing here allocates, and the texts are written into a buffer of the caller, because a session
// has no more memory than it is born with.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string_view>
#include <tl/expected.hpp>

#include "protocol/endpoint.hpp"
#include "protocol/saved_syn.hpp"

namespace yodel::protocol::probe {

// The first word of the header: the protocol and its version.
constexpr std::string_view header_word = "probe/1";

// probe.max_size in yodeld.toml, in bytes: the longest request line without its ending, and the
// largest `size` that a request may ask for.
constexpr std::size_t default_max_size = 16384;
constexpr std::size_t min_max_size = 256;
constexpr std::size_t max_max_size = 65536;

constexpr std::size_t max_id_size = 32;

// The largest values that a request may ask for.
struct Limits {
  std::size_t max_size = default_max_size;
  std::chrono::milliseconds max_after = std::chrono::hours(24);
};
// Returns the limits of a listener. `idle_timeout` 0 means that there is none.
[[nodiscard]] constexpr Limits limits_of(std::size_t max_size,
                                         std::chrono::milliseconds idle_timeout) noexcept {
  Limits limits{.max_size = max_size};
  if (idle_timeout > std::chrono::milliseconds::zero()) limits.max_after = idle_timeout;
  return limits;
}

// --- the header ---

// The facts that a session sends before the first request.
struct Header {
  std::string_view version;  // of yodeld
  // The name of the [[listen]], else the host's. Here and in `listener`, a byte that is not
  // printable ASCII, or is a space or '%', is written as %20, RFC 3986, 2.1.
  std::string_view host;
  std::uint64_t acceptor = 0;    // YODEL_SESSION is the two numbers: "3-17"
  std::uint64_t connection = 0;  // counted by the acceptor
  std::string_view listener;     // YODEL_LISTENER
  // If local, has its pid and uid where they are known. If a proxy forwards the connection, the
  // header has the proxy's address too, and `local` and `syn` are of the proxy's connection.
  Peer peer;
  Peer local;                                // our own address, ignored if `peer` is local
  std::chrono::milliseconds idle_timeout{};  // 0: none
  std::chrono::seconds keepalive{};          // TCP_KEEPIDLE; 0: off
  std::optional<SavedSyn> syn;
};

// Enough bytes for a header whose version has at most 32 bytes, host 64 and listener 112.
constexpr std::size_t header_room = 1152;
// Writes the header's line, with its newline, into `room` and returns the part that it fills. Cuts
// a line that is too long for `room`, which must have at least one byte.
[[nodiscard]] std::string_view write_header(const Header& header, std::span<char> room) noexcept;

// --- requests ---

// A request: ID [info] [after=D] [size=N] [data=TEXT to the end of the line]. One or more spaces
// separate the words. The last of two words of the same kind counts.
struct Request {
  std::string_view id;               // 1 to max_id_size bytes of printable ASCII without space
  bool info = false;                 // asks for the connection's times and segment size
  std::chrono::nanoseconds after{};  // the session must wait this long before it replies
  std::size_t size = 0;              // of the reply's line; 0: as long as it needs to be
  std::optional<std::string_view> data{};  // any bytes
};

// The reason why a request is refused.
enum class Problem : std::uint8_t { no_id, bad_id, unknown_word, bad_after, bad_size, too_long };

// A request that is answered with an error.
struct BadRequest {
  Problem problem{};
  std::string_view id{};    // empty unless it is valid
  std::string_view word{};  // the wrong one, if the problem is in one of those that follow the ID
};

// Parses a line without its ending. The views in the result point into `line`.
[[nodiscard]] tl::expected<Request, BadRequest> parse_request(std::string_view line,
                                                              const Limits& limits) noexcept;

// --- replies ---

// Enough bytes for the line of any write_error().
constexpr std::size_t error_room = 256;
// Writes "ID error=TEXT\n" into `room` and returns the part that it fills. The ID is "-" if the
// request has no valid one. TEXT is printable ASCII; it says what is wrong and what is allowed.
// For a line that MessageReader finds too long, pass {.problem = Problem::too_long}.
[[nodiscard]] std::string_view write_error(const BadRequest& request, const Limits& limits,
                                           std::span<char> room) noexcept;

// TCP_INFO, as far as a reply contains it.
struct TcpFigures {
  std::uint32_t retransmits = 0;        // segments that this end has sent again so far
  std::chrono::microseconds rtt{};      // 0: not measured
  std::chrono::microseconds min_rtt{};  // 0: not measured
  std::uint32_t mss = 0;
};

// Where a reply's line is, and the place in it for the time at which it is sent.
class Reply {
 public:
  Reply(std::span<char> line, std::span<char> tx) noexcept : line_(line), tx_(tx) {}

  // Writes the time into the line. Everything else is in place already, so that nothing remains to
  // be done between the clock's reading and the send.
  void set_tx(const timespec& time) noexcept;
  [[nodiscard]] std::string_view line() const noexcept { return {line_.data(), line_.size()}; }

 private:
  std::span<char> line_;
  std::span<char> tx_;
};

// Returns the bytes that are enough for any reply under a limit of `max_size`.
[[nodiscard]] constexpr std::size_t reply_room(std::size_t max_size) noexcept {
  constexpr std::size_t words = 192;  // the ID and every word before the text of data=
  return max_size + words;
}
// Writes "ID [rx=T] tx=T [retransmits=N [rtt_us=N] [min_rtt_us=N] mss=N] [data=TEXT]\n" into
// `room`, which must have at least reply_room() bytes and not overlap the request. T is 20 bytes,
// the seconds since 1970 and nine decimals. `rx` is when the request arrived and `tcp` the state of
// the connection, each if it is known; the last three numbers are written only if the request asks
// for `info`. `data` is filled with "x" until the line has the size asked for; it is longer if the
// rest does not fit. The caller must set_tx().
[[nodiscard]] Reply write_reply(const Request& request, const std::optional<timespec>& rx,
                                const std::optional<TcpFigures>& tcp,
                                std::span<char> room) noexcept;

}  // namespace yodel::protocol::probe
