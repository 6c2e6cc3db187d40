// What summary and page say alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/report/run_record.hpp"

namespace yodel::client {

// Returns how many characters `text`, UTF-8, has.
[[nodiscard]] std::size_t characters(std::string_view text);

// Returns "1,128 requests that were", "1 request that was".
[[nodiscard]] std::string requests_that_were(std::uint64_t count);

// Returns a rate that was asked for, exactly: "1,234,567 requests", "0.1 requests", "1 request".
[[nodiscard]] std::string rate_text(double rate);

// Returns "1,128 of 1,200 connections open" and what that means; empty if all of them
// were, or none was.
[[nodiscard]] std::string open_text(const RunRecord& run);

}  // namespace yodel::client
