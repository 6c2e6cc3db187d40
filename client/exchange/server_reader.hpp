// The base of the readers of everything a server sends on a connection. Pure: no system calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/exchange/service.hpp"

namespace yodel::client {

class ProbeHeader;

// The limit, in bytes, on the part of a welcome that comes before the first message. It is also the
// limit on the part that comes after that message, beyond the first reply, and on the other bytes
// that are kept although they are not a reply.
constexpr std::size_t max_unframed = 65536;

// A verdict on the received bytes.
enum class Reading : std::uint8_t {
  incomplete,  // undecided until more bytes come
  welcome,     // what the server sends before the first message, or a piece of it
  reply,       // the whole reply that is due; server_error() has the error after it, if any
  wrong,       // not the bytes that are due, or an error of the server; complaint() says which
  too_much     // bytes when nothing is due, or more than max_unframed
};

[[nodiscard]] constexpr bool is_fault(Reading reading) noexcept {
  return reading == Reading::wrong || reading == Reading::too_much;
}

// Reads one connection. Each protocol whose replies differ in kind has a reader of its own:
// ReplyReader knows every byte of a reply beforehand, ProbeReader does not.
class ServerReader {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~ServerReader() = default;

  // Expects `reply`, the reply_of() of a message that was sent, to come next. It is borrowed until
  // it has been read.
  virtual void expect(std::string_view reply) = 0;
  // Reads `bytes` and removes from its front what was read: all of it, or up to the end of a reply.
  // `more_due` says that another reply is due after that one, so bytes after it are no fault.
  [[nodiscard]] Reading read(std::string_view& bytes, bool more_due = false) {
    return read_bytes(bytes, more_due);
  }
  // Reads, and consumes, what a Connection has received.
  template <typename Connection>
  [[nodiscard]] Reading read_from(Connection& connection, bool more_due = false) {
    std::string_view bytes = connection.received();
    const std::size_t size = bytes.size();
    const Reading reading = read(bytes, more_due);
    connection.consume(size - bytes.size());
    return reading;
  }
  // Returns what the bytes are if no more come, because of a timeout or, if `ended`, because the
  // server has ended its side.
  [[nodiscard]] virtual Reading finish(bool ended) = 0;
  // Returns until when to wait for the reply, at most until `deadline`; the last byte came at
  // `last_byte`.
  [[nodiscard]] virtual Time wait_until(Time deadline, Time last_byte) const noexcept = 0;

  // Returns the size of the last reply in bytes, with its ending.
  [[nodiscard]] virtual std::size_t reply_size() const noexcept = 0;
  // Returns the first max_unframed bytes of what came instead of the reply, or when nothing was
  // due.
  [[nodiscard]] virtual const std::string& other() const noexcept = 0;
  // Returns what has come of the reply that is due and what came instead of it; or what came when
  // nothing was due, which before the first message is the welcome.
  [[nodiscard]] virtual std::string received() const = 0;
  // Returns "; got 'X' so far", where X is received(); empty if nothing has come.
  [[nodiscard]] std::string so_far() const;
  // Returns TEXT if the server has sent an error, "error: TEXT" and a newline; otherwise
  // std::nullopt.
  [[nodiscard]] virtual std::optional<std::string> server_error() const = 0;
  // Returns what is wrong: "the server says: TEXT"; "got 'Y'; " and mismatch_of(); "expected 'X',
  // got 'Y'", with where they differ if the excerpts do not show it; or "expected nothing, got
  // 'Y'".
  [[nodiscard]] std::string complaint() const;

  // Returns the header of a probe server once it has come; otherwise nullptr.
  [[nodiscard]] virtual const ProbeHeader* header() const noexcept { return nullptr; }
  // Returns how long a probe server took over the last reply, tx - rx of its clock, which may be
  // any time if that was set meanwhile; std::nullopt if the server has not measured it.
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> server_time() const noexcept {
    return std::nullopt;
  }

 protected:
  ServerReader() = default;
  ServerReader(const ServerReader&) = default;
  ServerReader& operator=(const ServerReader&) = default;
  ServerReader(ServerReader&&) = default;
  ServerReader& operator=(ServerReader&&) = default;

 private:
  virtual Reading read_bytes(std::string_view& bytes, bool more_due) = 0;
  // Returns what is wrong if it is no error of the server.
  [[nodiscard]] virtual std::string difference() const = 0;
};

// Returns the reader of a new connection to such a server.
[[nodiscard]] std::unique_ptr<ServerReader> make_reader(const Service& service);

}  // namespace yodel::client
