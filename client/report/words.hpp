// Phrases that summary and page share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns the number of characters in `text`, which is UTF-8.
[[nodiscard]] std::size_t characters(std::string_view text);

// Returns "1,128 requests were due", "1 request was due".
[[nodiscard]] std::string requests_due(std::uint64_t count);

// Returns a rate as it was typed: "1,234,567 requests", "0.1 requests", "1 request".
[[nodiscard]] std::string rate_text(double rate);

// Returns "1,128 of 1,200 connections open" and what that means; empty if all of them were open, or
// none was.
[[nodiscard]] std::string open_text(const RunRecord& run);

// Returns what the kernel counted: "round trip 41.2 µs (minimum 20.0 µs), 3 segments retransmitted,
// 1 of them a SYN, MSS 1,448" or, if connections differed, "MSS 1,360 to 1,448". Leaves out what
// was not measured.
[[nodiscard]] std::string tcp_text(const TcpRecord& tcp);

// Returns "server and network are unknown for 3 replies: a clock was set"; empty if they are known.
[[nodiscard]] std::string unknown_shares_text(const RunRecord& run);

// Returns a sentence about the requests that were never sent.
[[nodiscard]] std::string unsent_text(const RunRecord& run);

}  // namespace yodel::client
