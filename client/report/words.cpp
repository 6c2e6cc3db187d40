#include "client/report/words.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "text/utf8.hpp"

namespace yodel::client {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !text::is_continuation(c); }));
}

std::string requests_due(std::uint64_t count) {
  return fmt::format("{} {} due", grouped(count), count == 1 ? "request was" : "requests were");
}

std::string rate_text(double rate) {
  // 15 significant digits: a decimal of that many survives the way through a double unchanged.
  auto text = fmt::format("{:.15g}", rate);
  const auto end = text.find_first_not_of("0123456789");
  constexpr std::size_t group = 3;
  for (std::size_t at = std::min(end, text.size()); at > group && end != 0;)
    text.insert(at -= group, 1, ',');
  return text + (rate == 1 ? " request" : " requests");
}

std::string open_text(const RunRecord& run) {
  // If none was open, the errors say so.
  const auto opened = run.opened.value_or(0);
  if (opened == 0 || opened >= run.connections_at_once) return {};
  auto text =
      fmt::format("{} of {} connections open", grouped(opened), grouped(run.connections_at_once));
  // Without failures the run was interrupted; with no_resources the client is the limit.
  if (run.failed > 0 && count_of(run.errors, RequestError::no_resources) == 0) {
    text +=
        ": the server takes no more at once (see limits.sessions and "
        "limits.sessions_per_source in yodeld.toml)";
  }
  return text;
}

std::string unsent_text(const RunRecord& run) {
  return fmt::format("{} but never sent: the true percentiles are higher than those shown.",
                     requests_due(run.unsent));
}

}  // namespace yodel::client
