#include "client/report/words.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "text/utf8.hpp"

namespace yodel::client {
namespace {

std::string retransmits_text(const TcpRecord& tcp) {
  const auto all = tcp.retransmits;
  const auto syns = tcp.syn_retransmits;
  const std::string_view noun = syns == 1 ? "SYN" : "SYNs";
  if (syns > 0 && syns == all) return fmt::format("{} {} retransmitted", grouped(all), noun);
  auto text = fmt::format("{} {} retransmitted", grouped(all), all == 1 ? "segment" : "segments");
  if (syns == 0) return text;
  return fmt::format("{}, {} of them {}{}", text, grouped(syns), syns == 1 ? "a " : "", noun);
}

// Empty if no connection was established.
std::string mss_text(const TcpRecord& tcp) {
  if (!tcp.mss || !tcp.max_mss) return {};
  const auto smallest = grouped(*tcp.mss);
  return tcp.mss == tcp.max_mss ? smallest
                                : fmt::format("{} to {}", smallest, grouped(*tcp.max_mss));
}

}  // namespace

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

std::string tcp_text(const TcpRecord& tcp) {
  constexpr int digits = 3;  // significant
  std::string text;
  if (tcp.rtt) text += fmt::format("round trip {}", time_text(*tcp.rtt, digits));
  if (tcp.rtt && tcp.min_rtt) text += fmt::format(" (minimum {})", time_text(*tcp.min_rtt, digits));
  if (!text.empty()) text += ", ";
  text += retransmits_text(tcp);
  if (const auto mss = mss_text(tcp); !mss.empty()) text += ", MSS " + mss;
  return text;
}

std::string unknown_shares_text(const RunRecord& run) {
  const auto count = run.unknown_shares.value_or(0);
  if (count == 0) return {};
  return fmt::format("server and network are unknown for {} {}: a clock was set", grouped(count),
                     count == 1 ? "reply" : "replies");
}

std::string unsent_text(const RunRecord& run) {
  return fmt::format("{} but never sent: the true percentiles are higher than those shown.",
                     requests_due(run.unsent));
}

}  // namespace yodel::client
