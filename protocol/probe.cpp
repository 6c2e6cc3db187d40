#include "protocol/probe.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

namespace yodel::protocol::probe {
namespace {

// "1764432000.123456789". Ten digits suffice until the year 2286.
constexpr std::size_t second_digits = 10;
constexpr std::size_t decimals = 9;
constexpr std::size_t stamp_size = second_digits + 1 + decimals;
constexpr std::time_t max_seconds = 9'999'999'999;

// Writes the last digits of `number` into all of `place`.
void write_digits(std::span<char> place, std::uint64_t number) noexcept {
  for (std::size_t left = place.size(); left > 0; number /= 10) {
    place[--left] = static_cast<char>('0' + number % 10);
  }
}

void write_stamp(std::span<char> place, const timespec& time) noexcept {
  const auto seconds = std::clamp<std::time_t>(time.tv_sec, 0, max_seconds);
  write_digits(place.first(second_digits), static_cast<std::uint64_t>(seconds));
  place[second_digits] = '.';
  write_digits(place.last(decimals), static_cast<std::uint64_t>(time.tv_nsec));
}

// A line in a buffer, which it does not exceed: what does not fit is left out, but never the
// newline.
class Line {
 public:
  explicit Line(std::span<char> room) noexcept : room_(room) { assert(!room.empty()); }

  // Appends `size` bytes, of which the caller writes each, and returns those that fit.
  std::span<char> append(std::size_t size) noexcept {
    const auto place = room_.subspan(size_, std::min(size, room_.size() - 1 - size_));
    size_ += place.size();
    return place;
  }
  Line& operator<<(std::string_view text) noexcept {
    const auto place = append(text.size());
    text.copy(place.data(), place.size());
    return *this;
  }
  Line& operator<<(std::uint64_t number) noexcept {
    std::array<char, 20> digits{};
    const auto* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    return *this << std::string_view(digits.data(), end);
  }
  // Appends `value` so that it contains neither a space nor a control character: RFC 3986, 2.1.
  Line& encoded(std::string_view value) noexcept {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : value) {
      const auto byte = static_cast<std::uint8_t>(c);
      const std::array<char, 3> escape{'%', hex[byte >> 4U], hex[byte & 0xfU]};
      const bool plain = c > ' ' && c <= '~' && c != '%';
      *this << (plain ? std::string_view(&c, 1) : std::string_view(escape.data(), escape.size()));
    }
    return *this;
  }
  // Appends "x" until the line has `size` bytes with its newline.
  Line& fill(std::size_t size) noexcept {
    const auto place = append(size - std::min(size, size_ + 1));
    std::fill(place.begin(), place.end(), 'x');
    return *this;
  }
  // Returns the line with its newline.
  std::span<char> end() noexcept {
    room_[size_] = '\n';
    return room_.first(size_ + 1);
  }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
};

std::string_view view(std::span<char> line) noexcept {
  return {line.data(), line.size()};
}

// Writes "300s" or "1500ms".
Line& operator<<(Line& line, std::chrono::milliseconds time) noexcept {
  constexpr std::int64_t second = 1'000;
  const bool whole = time.count() % second == 0;
  const auto number = static_cast<std::uint64_t>(whole ? time.count() / second : time.count());
  return line << number << (whole ? "s" : "ms");
}

Line& operator<<(Line& line, const Peer& peer) noexcept {
  PeerText room{};
  return line.encoded(write_text(peer, room));
}

Line& operator<<(Line& line, const ProxyAddress& proxy) noexcept {
  PeerText room{};
  return line.encoded(write_text(proxy, room));
}

Line& operator<<(Line& line, const SynOption& option) noexcept {
  if (option.well_formed) {
    switch (option.kind) {
      case SynOptionKind::mss: return line << "mss";
      case SynOptionKind::window_scale: return line << "ws" << std::uint64_t{option.shift};
      case SynOptionKind::sack: return line << "sack";
      case SynOptionKind::timestamps: return line << "ts";
      case SynOptionKind::mptcp: return line << "mptcp";
      case SynOptionKind::fast_open: return line << "tfo";
    }
  }
  return line << static_cast<std::uint64_t>(option.kind);
}

void add_addresses(Line& line, const Header& header) noexcept {
  const Peer& peer = header.peer;
  if (peer.family != Family::local) {
    line << " peer=" << peer << " local=" << header.local;
    if (peer.via != Via::none) line << " proxy=" << peer.proxy;
    return;
  }
  if (peer.pid != Peer::unknown_pid) line << " peer.pid=" << std::uint64_t{peer.pid};
  if (peer.uid != Peer::unknown_uid) line << " peer.uid=" << std::uint64_t{peer.uid};
}

void add_syn(Line& line, const SavedSyn& syn) noexcept {
  line << " syn.ttl=" << std::uint64_t{syn.ttl} << " syn.dscp=" << std::uint64_t{syn.dscp};
  if (syn.mss) line << " syn.mss=" << std::uint64_t{*syn.mss};
  std::string_view separator = " syn.options=";
  for (const SynOption& option : syn.options()) {
    line << separator << option;
    separator = ",";
  }
}

void add_info(Line& line, const TcpFigures& tcp) noexcept {
  const auto number = [](auto time) { return static_cast<std::uint64_t>(time.count()); };
  if (tcp.rtt.count() > 0) line << " rtt_us=" << number(tcp.rtt);
  if (tcp.min_rtt.count() > 0) line << " min_rtt_us=" << number(tcp.min_rtt);
  line << " mss=" << std::uint64_t{tcp.mss};
}

// Writes the start of `word`, which may contain any bytes, in quotes.
void add_excerpt(Line& line, std::string_view word) noexcept {
  constexpr std::size_t excerpt = 32;
  line << "'";
  line.encoded(word.substr(0, excerpt)) << (word.size() > excerpt ? "...'" : "'");
}

}  // namespace

std::string_view write_header(const Header& header, std::span<char> room) noexcept {
  Line line(room);
  line << header_word << " version=";
  line.encoded(header.version) << " host=";
  line.encoded(header.host) << " session=" << header.acceptor << "-" << header.connection;
  line << " listener=";
  line.encoded(header.listener);
  add_addresses(line, header);
  if (header.idle_timeout.count() > 0) line << " idle_timeout=" << header.idle_timeout;
  if (header.keepalive.count() > 0) line << " keepalive=" << header.keepalive;
  if (header.syn) add_syn(line, *header.syn);
  return view(line.end());
}

std::string_view write_error(const BadRequest& request, const Limits& limits,
                             std::span<char> room) noexcept {
  Line line(room);
  line << (request.id.empty() ? "-" : request.id) << " error=";
  switch (request.problem) {
    case Problem::no_id:
      line << "the request is empty: expected ID [info] [after=D] [size=N] [data=TEXT]";
      break;
    case Problem::bad_id:
      line << "the ID is not 1 to " << max_id_size << " characters of printable ASCII";
      break;
    case Problem::unknown_word:
      line << "unknown word ";
      add_excerpt(line, request.word);
      line << ": expected info, after=D, size=N or data=TEXT";
      break;
    case Problem::bad_after:
      line << "bad value in ";
      add_excerpt(line, request.word);
      line << R"(: expected a duration such as "500ms" or "1m30s", at most )" << limits.max_after;
      break;
    case Problem::bad_size:
      line << "bad value in ";
      add_excerpt(line, request.word);
      line << ": expected 1 to " << limits.max_size;
      break;
    case Problem::too_long:
      line << "the request is longer than " << limits.max_size << " bytes";
      break;
  }
  return view(line.end());
}

void Reply::set_tx(const timespec& time) noexcept {
  write_stamp(tx_, time);
}

Reply write_reply(const Request& request, const std::optional<timespec>& rx,
                  const std::optional<TcpFigures>& tcp, std::span<char> room) noexcept {
  assert(room.size() >= reply_room(0));
  Line line(room);
  line << request.id;
  if (rx) write_stamp((line << " rx=").append(stamp_size), *rx);
  const auto tx = (line << " tx=").append(stamp_size);
  write_stamp(tx, {});
  if (tcp) {
    line << " retransmits=" << std::uint64_t{tcp->retransmits};
    if (request.info) add_info(line, *tcp);
  }
  if (request.data || request.size > 0) {
    line << " data=" << request.data.value_or("");
    line.fill(request.size);
  }
  return {line.end(), tx};
}

}  // namespace yodel::protocol::probe
