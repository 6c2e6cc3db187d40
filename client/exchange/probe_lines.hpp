// The lines that a probe server sends: its header and its replies. Pure: no system calls.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace yodel::client {

// The header of a session: keys and their values, with which the server describes the session and
// its connection. Keys that this client does not know are kept too.
class ProbeHeader {
 public:
  using Entry = std::pair<std::string, std::string>;

  // Reads a line without its newline: "probe/1 KEY=VALUE …", each value percent-encoded (RFC 3986).
  // Returns std::nullopt if it is not one.
  [[nodiscard]] static std::optional<ProbeHeader> parse(std::string_view line);

  // Returns the value of `key`, decoded, so it may have any bytes; std::nullopt if there is none.
  [[nodiscard]] std::optional<std::string> find(std::string_view key) const;
  // Returns the entries whose keys begin with "syn.", without that: what the SYN of the connection
  // looked like when it arrived. Empty if the server does not know that.
  [[nodiscard]] std::vector<Entry> syn() const;

 private:
  std::vector<Entry> entries_;
};

// A reply, which borrows the line.
struct ProbeReply {
  std::string_view id;
  // When the request arrived and when the reply was sent, by the server's clock, since 1970. A
  // server has no `rx` over a Unix socket.
  std::optional<std::chrono::nanoseconds> rx;
  std::optional<std::chrono::nanoseconds> tx;
  std::optional<std::string_view> data;
  std::optional<std::string_view> error;  // the server's, in place of all else
};

// Reads a line without its newline: "ID KEY=VALUE … [data=TEXT to the end of the line]", or "ID
// error=TEXT to the end of the line". Ignores unknown keys. The error says what is wrong: "tx is no
// time".
[[nodiscard]] tl::expected<ProbeReply, std::string> parse_probe_reply(std::string_view line);

}  // namespace yodel::client
