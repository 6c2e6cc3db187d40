// The SYN that began a TCP connection, as the kernel keeps it: TCP_SAVE_SYN and TCP_SAVED_SYN,
// tcp(7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace yodel::protocol {

// The kinds of TCP options that have a name here; each other one is a number.
enum class SynOptionKind : std::uint8_t {
  mss = 2,           // maximum segment size, RFC 9293, 3.7.1
  window_scale = 3,  // RFC 7323, 2
  sack = 4,          // selective acknowledgements permitted, RFC 2018, 2
  timestamps = 8,    // RFC 7323, 3
  mptcp = 30,        // Multipath TCP, RFC 8684, 3
  fast_open = 34     // RFC 7413, 4.1.1
};

struct SynOption {
  SynOptionKind kind{};
  std::uint8_t shift = 0;  // of window_scale
  // False if the option has another length than its RFC asks for, so that the kernel ignores it.
  // True for the kinds that have no name, and for those that allow several lengths.
  bool well_formed = true;
  friend bool operator==(const SynOption&, const SynOption&) = default;
};

// The maximum number of options in a SYN, without padding: 40 bytes, and each takes two.
constexpr std::size_t max_syn_options = 20;

struct SavedSyn {
  std::uint8_t ttl = 0;                // as it arrived: time to live, or hop limit
  std::uint8_t dscp = 0;               // RFC 2474: 0 to 63
  std::optional<std::uint16_t> mss{};  // of the option, if there is one
  std::array<SynOption, max_syn_options> option_room{};
  std::uint8_t option_count = 0;

  // Returns the options in the order of the SYN, without padding (kinds 0 and 1).
  [[nodiscard]] std::span<const SynOption> options() const noexcept {
    return std::span(option_room).first(option_count);
  }
  friend bool operator==(const SavedSyn&, const SavedSyn&) = default;
};

// Enough bytes for TCP_SAVED_SYN: an IPv6 header (40), a TCP header (60) and 156 bytes of extension
// headers. An IPv4 header has at most 60. The kernel refuses a longer SYN with EINVAL.
constexpr std::size_t saved_syn_room = 256;

// Reads what getsockopt(2) returned for TCP_SAVED_SYN: an IPv4 or IPv6 header, the latter with any
// extension headers, then a TCP header. Options behind one with an impossible length are ignored,
// as the kernel ignores them. Returns std::nullopt if `bytes` are not such headers. Trusts nothing
// in `bytes`, since a peer sent them. Does not allocate.
[[nodiscard]] std::optional<SavedSyn> parse_saved_syn(std::span<const std::byte> bytes) noexcept;

}  // namespace yodel::protocol
