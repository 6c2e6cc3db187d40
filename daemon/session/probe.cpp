#include "protocol/probe.hpp"

#include <array>
#include <cstddef>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <span>
#include <string_view>
#include <sys/socket.h>

#include "posix/tcp_info.hpp"
#include "protocol/endpoint.hpp"
#include "protocol/message_reader.hpp"
#include "protocol/saved_syn.hpp"
#include "session/conversation.hpp"

namespace yodel::session {
namespace {

namespace texts = protocol::probe;
using protocol::CloseReason;
using protocol::Family;
using protocol::MessageReader;

// Static, so pages that are never written cost nothing.
struct Buffers {
  std::array<char, texts::reply_room(texts::max_max_size)> reply;
  std::array<std::byte, MessageReader::buffer_needed(texts::max_max_size)> input;
};
Buffers buffers;
static_assert(sizeof buffers.reply >= texts::header_room + protocol::max_listener_size);

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

// Returns the address at this end of a TCP connection.
protocol::Peer local_end(int fd) noexcept {
  protocol::SocketAddress address;
  if (::getsockname(fd, address.get(), &address.size) < 0) return {};
  return protocol::peer_from(address);
}

// Returns the SYN of a TCP connection, or std::nullopt if the kernel has not kept it, as under SYN
// cookies. The kernel hands it out once.
std::optional<protocol::SavedSyn> saved_syn(int fd) noexcept {
  std::array<std::byte, protocol::saved_syn_room> bytes{};
  socklen_t size = bytes.size();
  if (::getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, bytes.data(), &size) < 0) return std::nullopt;
  return protocol::parse_saved_syn(std::span(bytes).first(size));
}

std::optional<texts::TcpFigures> tcp_figures(int fd) noexcept {
  const auto info = posix::tcp_info(fd);
  if (!info) return std::nullopt;
  return texts::TcpFigures{.retransmits = info->retransmits,
                           .rtt = info->rtt,
                           .min_rtt = info->min_rtt,
                           .mss = info->mss};
}

class Probe {
 public:
  Probe(Stream& stream, const protocol::Launch& terms, const Connection& connection) noexcept
      : stream_(stream),
        terms_(terms),
        connection_(connection),
        limits_(texts::limits_of(terms.probe.max_size, terms.idle_timeout)),
        reader_(protocol::Framing::lines, terms.probe.max_size, buffers.input) {}

  [[nodiscard]] std::optional<CloseReason> send_header() noexcept {
    texts::Header header{.version = YODEL_VERSION,
                         .host = terms_.probe.host.view(),
                         .acceptor = terms_.acceptor,
                         .connection = connection_.number,
                         .listener = terms_.listener.view(),
                         .peer = connection_.peer,
                         .local = {},
                         .idle_timeout = terms_.idle_timeout,
                         .keepalive = std::chrono::seconds(terms_.probe.keepalive),
                         .syn = {}};
    if (is_tcp()) {
      header.local = local_end(connection_.fd);
      header.syn = saved_syn(connection_.fd);
    }
    return stream_.write(bytes_of(texts::write_header(header, buffers.reply)));
  }

  // Answers requests until the session ends, and returns why.
  [[nodiscard]] CloseReason answer_all(std::uint64_t& messages) noexcept {
    for (;;) {
      const auto next = reader_.next();
      std::optional<CloseReason> ended;
      switch (next.kind) {
        case MessageReader::Kind::message:
          ended = answer(next.text);
          if (!ended) ++messages;
          break;
        case MessageReader::Kind::need_input: ended = read_more(); break;
        case MessageReader::Kind::too_long:
          return refuse({.problem = texts::Problem::too_long, .id = {}, .word = {}})
              .value_or(CloseReason::message_too_long);
        case MessageReader::Kind::end: return CloseReason::eof;
      }
      if (ended) return *ended;
    }
  }

 private:
  [[nodiscard]] bool is_tcp() const noexcept { return connection_.peer.family != Family::local; }

  [[nodiscard]] std::optional<CloseReason> read_more() noexcept {
    // Over a Unix socket the filter forbids recvmsg(2), which can receive descriptors.
    const auto read =
        is_tcp() ? stream_.read(reader_.space(), arrived_) : stream_.read(reader_.space());
    return pass_on(read, reader_);
  }

  [[nodiscard]] std::optional<CloseReason> answer(std::string_view line) noexcept {
    const auto request = texts::parse_request(line, limits_);
    if (!request) return refuse(request.error());
    if (request->after > std::chrono::nanoseconds::zero()) {
      if (const auto ended = stream_.pause(request->after)) return ended;
    }
    const auto figures = is_tcp() ? tcp_figures(connection_.fd) : std::nullopt;
    auto reply = texts::write_reply(*request, arrived_, figures, buffers.reply);
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);  // the last thing before the send
    reply.set_tx(now);
    return stream_.write(bytes_of(reply.line()));
  }

  [[nodiscard]] std::optional<CloseReason> refuse(const texts::BadRequest& request) noexcept {
    return stream_.write(bytes_of(texts::write_error(request, limits_, buffers.reply)));
  }

  Stream& stream_;
  const protocol::Launch& terms_;
  const Connection& connection_;
  texts::Limits limits_;
  MessageReader reader_;
  std::optional<timespec> arrived_;  // when the last read's bytes did, over TCP
};

}  // namespace

CloseReason probe(Stream& stream, const protocol::Launch& terms, const Connection& connection,
                  std::uint64_t& messages) noexcept {
  Probe probe(stream, terms, connection);
  if (const auto ended = probe.send_header()) return *ended;
  return probe.answer_all(messages);
}

}  // namespace yodel::session
