// The records about the daemon and its file: level, MESSAGE_ID, words and fields of each kind. The
// others are in log/record.hpp, supervisor/records.hpp and supervisor/session_records.hpp.
//
// An id never changes and is never reused for another kind: the catalog (journalctl -x) and
// administrators' filters go by it. Each has an entry in packaging/yodel.catalog and in yodeld(8).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/diagnostic.hpp"
#include "config/settings.hpp"
#include "log/record.hpp"
#include "manager/supervisor/counters.hpp"
#include "protocol/launch.hpp"

namespace yodel::manager::records {

using log::Record;

// --- the daemon ---
[[nodiscard]] Record start_delayed(std::uint32_t starts, std::chrono::seconds delay);
[[nodiscard]] Record start_failed(std::string_view why);
[[nodiscard]] Record listening(std::string_view listener, const config::Listen& settings);
// At a reload the socket at `to`, "0.0.0.0:9999", has replaced the one at `from`, "127.0.0.1:9999".
[[nodiscard]] Record taken_over(std::string_view from, std::string_view to);
// Returns "0.0.0.0:9999 is open to every network that reaches this host; ...", with how to restrict
// it.
[[nodiscard]] std::string open_text(std::string_view listener);
[[nodiscard]] Record listener_is_open(std::string_view listener);
[[nodiscard]] Record ready(std::size_t listeners);
[[nodiscard]] Record stopping(std::chrono::milliseconds grace);
[[nodiscard]] Record grace_is_over(std::uint64_t sessions);
[[nodiscard]] Record stopped(const Counters& total);
[[nodiscard]] Record socket_unused(std::string_view socket);

// --- the file ---
[[nodiscard]] Record diagnostic(std::string_view file, const config::Diagnostic& diagnostic);
[[nodiscard]] Record reloading(std::string_view file);
[[nodiscard]] Record reloaded(std::string_view file, std::size_t listeners);
// Returns "/etc/yodel/yodeld.toml has 2 errors".
[[nodiscard]] std::string count_of_errors(std::string_view file, std::size_t errors);
[[nodiscard]] Record reload_failed(std::string_view why);

}  // namespace yodel::manager::records
