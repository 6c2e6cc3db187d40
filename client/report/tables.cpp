#include "client/report/tables.hpp"

#include <array>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <span>

#include "client/measure/figures.hpp"
#include "client/report/cells.hpp"
#include "client/report/change.hpp"

namespace yodel::client {
namespace {

using Latency = LatencyRecord;

constexpr double percent = 100;
constexpr std::array alone{Latency::i_p50, Latency::i_p90,  Latency::i_p99, Latency::i_p99_9,
                           Latency::i_max, Latency::i_mean, Latency::i_min};
// The order for two runs: what matters most in a comparison comes first.
constexpr std::array compared{Latency::i_p50,   Latency::i_p99,  Latency::i_max, Latency::i_p90,
                              Latency::i_p99_9, Latency::i_mean, Latency::i_min};

std::string count_row(Runs runs, std::string_view name, std::uint64_t RunRecord::*count) {
  return figures_row(runs, name, [&](std::size_t i) { return data(i, runs[i].*count); });
}

std::string seconds_row(Runs runs, std::string_view name, double RunRecord::*seconds) {
  return figures_row(runs, name, [&](std::size_t i) {
    constexpr double milliseconds = 1000;
    return data(i, runs[i].*seconds, time_text(runs[i].*seconds * milliseconds, 3));
  });
}

std::string bytes_row(Runs runs, std::string_view name, std::uint64_t RunRecord::*bytes) {
  return figures_row(runs, name, [&](std::size_t i) {
    const auto rate = bit_rate_text(runs[i].*bytes, runs[i].client_time);
    return data(i, runs[i].*bytes, bytes_text(runs[i].*bytes)) +
           (rate.empty() ? rate : fmt::format("<small>{}</small>", rate));
  });
}

std::string replies_rows(Runs runs) {
  const auto rate = [&](std::size_t i) {
    return data(i, runs[i].replies_per_second, grouped(runs[i].replies_per_second));
  };
  std::string html = figures_row(runs, "Replies per second", rate,
                                 runs.size() > 1 ? to_html(change_of_rate(runs[0], runs[1])) : "");
  html += count_row(runs, "Replies", &RunRecord::replies);
  if (any_of(runs, [](const auto& run) { return run.replies_after > 0; })) {
    html += count_row(runs, "Replies after the end", &RunRecord::replies_after);
    html += seconds_row(runs, "… within", &RunRecord::drain);
  }
  return html;
}

std::string failures_rows(Runs runs) {
  std::string html = count_row(runs, "Failed", &RunRecord::failed);
  for (std::size_t kind = 0; kind < request_errors.size(); ++kind) {
    if (!any_of(runs, [&](const auto& run) { return run.errors.at(kind) > 0; })) continue;
    html += figures_row(runs, fmt::format("… {}", request_errors.at(kind).name),
                        [&](std::size_t i) { return data(i, runs[i].errors.at(kind)); });
  }
  if (any_of(runs, [](const auto& run) { return !run.first_error.empty(); })) {
    html += figures_row(runs, "… first error", [&](std::size_t i) {
      return fmt::format("<span>{}</span>", escape_html(runs[i].first_error));
    });
  }
  return html;
}

std::string connections_rows(Runs runs) {
  std::string html = count_row(runs, "Connections made", &RunRecord::connections);
  if (any_of(runs,
             [](const auto& run) { return run.opened && *run.opened < run.connections_at_once; })) {
    html += figures_row(runs, "… open at the start", [&](std::size_t i) {
      return runs[i].opened ? data(i, *runs[i].opened) : std::string("–");
    });
  }
  return html;
}

// Returns a row of what the kernel counted: of each run what `of_tcp` returns.
std::string tcp_row(Runs runs, std::string_view name,
                    const std::function<std::string(std::size_t, const TcpRecord&)>& of_tcp) {
  return figures_row(runs, name, [&](std::size_t i) {
    const auto text = runs[i].tcp ? of_tcp(i, *runs[i].tcp) : std::string();
    return text.empty() ? "–" : text;
  });
}

std::string tcp_time_row(Runs runs, std::string_view name, std::optional<double> TcpRecord::*time) {
  return tcp_row(runs, name, [&](std::size_t i, const TcpRecord& tcp) {
    return tcp.*time ? data(i, *(tcp.*time), time_text(*(tcp.*time), 3)) : std::string();
  });
}

// Empty if no run was over TCP.
std::string tcp_rows(Runs runs) {
  if (!any_of(runs, [](const auto& run) { return run.tcp.has_value(); })) return {};
  std::string html = tcp_time_row(runs, "TCP round trip", &TcpRecord::rtt);
  html += tcp_time_row(runs, "… minimum", &TcpRecord::min_rtt);
  html += tcp_row(runs, "Segments retransmitted",
                  [](std::size_t i, const TcpRecord& tcp) { return data(i, tcp.retransmits); });
  if (any_of(runs, [](const auto& run) { return run.tcp && run.tcp->syn_retransmits > 0; })) {
    html += tcp_row(runs, "… SYNs", [](std::size_t i, const TcpRecord& tcp) {
      return data(i, tcp.syn_retransmits);
    });
  }
  return html + tcp_row(runs, "MSS", [](std::size_t i, const TcpRecord& tcp) {
           if (!tcp.mss || !tcp.max_mss) return std::string();
           const auto smallest = data(i, *tcp.mss);
           return tcp.mss == tcp.max_mss ? smallest : smallest + " to " + data(i, *tcp.max_mss);
         });
}

// Returns the cell of `kind`: the text that `of_times` returns for each run, then `more`.
std::string cell(Runs runs, std::size_t kind,
                 const std::function<std::string(std::size_t, const Latency&)>& of_times,
                 const std::string& more = {}) {
  std::string html = "<td>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (const auto& times = runs[i].latencies.at(kind)) html += of_times(i, *times);
  }
  return html + more + "</td>";
}

// Returns the row of a figure, with a cell for each kind.
std::string latency_row(Runs runs, const std::vector<std::size_t>& kinds, std::size_t figure) {
  std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", Latency::figures.at(figure).name);
  for (const std::size_t kind : kinds) {
    const bool both = runs.size() > 1 && runs[0].latencies.at(kind) && runs[1].latencies.at(kind);
    html += cell(
        runs, kind,
        [&](std::size_t i, const Latency& times) {
          return times.supports(figure)
                     ? data(i, times.values.at(figure), time_text(times.values.at(figure)))
                     : fmt::format(R"(<span class="none {}">–</span>)", side_classes.at(i));
        },
        both ? to_html(change_of_time(runs[0], runs[1], kind, figure)) : "");
  }
  return html + "</tr>\n";
}

std::string classes(Runs runs) {
  return runs.size() > 1 ? "figures two" : "figures";
}

}  // namespace

std::string title_of(std::size_t kind) {
  std::string title(time_kinds.at(kind).name);
  title.front() = static_cast<char>(title.front() - 'a' + 'A');
  return title;
}

std::string outcome_table(Runs runs) {
  std::string rows = replies_rows(runs) + failures_rows(runs);
  rows += seconds_row(runs, "Time", &RunRecord::elapsed) + connections_rows(runs);
  rows += bytes_row(runs, "Sent", &RunRecord::bytes_sent);
  rows += bytes_row(runs, "Received", &RunRecord::bytes_received);
  rows += tcp_rows(runs);
  if (any_of(runs, [](const auto& run) { return run.unknown_shares.value_or(0) > 0; })) {
    rows += figures_row(runs, "Server and network unknown", [&](std::size_t i) {
      return runs[i].unknown_shares ? data(i, *runs[i].unknown_shares) : std::string("–");
    });
  }
  if (any_of(runs, [](const auto& run) { return run.rate_due.has_value(); })) {
    rows += count_row(runs, "Due while every connection was busy", &RunRecord::queued);
    rows += count_row(runs, "Due but never sent", &RunRecord::unsent);
  }
  return table("Outcome", classes(runs), run_heads(runs), rows);
}

std::string latency_table(Runs runs, const std::vector<std::size_t>& kinds) {
  std::string head = "<thead><tr><td></td>";
  for (const std::size_t kind : kinds)
    head += fmt::format("<th scope=\"col\">{}</th>", title_of(kind));
  head += "</tr></thead>\n";
  std::string rows;
  for (const auto figure : runs.size() > 1 ? std::span(compared) : std::span(alone))
    rows += latency_row(runs, kinds, figure);
  rows += "<tr><th scope=\"row\">count</th>";
  for (const std::size_t kind : kinds) {
    rows +=
        cell(runs, kind, [](std::size_t i, const Latency& times) { return data(i, times.count); });
  }
  rows += "</tr>\n";
  std::string html = table("Latency", classes(runs), head, rows);
  html += fmt::format(
      "<p class=\"quiet\">Percentiles of more than {} values are accurate to {:g} %. A percentile "
      "is shown only if values lie beyond it: p99 needs 100 values, p99.9 needs 1,000.</p>\n"
      "<p class=\"quiet\">In a closed loop a server that stalls gets fewer requests, and the stall "
      "hardly shows: coordinated omission. In an open loop (--rate) the time since the intended "
      "start corrects for it.</p>\n",
      grouped(std::uint64_t{LatencyHistogram::max_exact}), runs.front().precision * percent);
  if (runs.size() > 1) {
    html +=
        "<p class=\"quiet\">“Better” and “worse” mark percentiles that changed by at least 5 % and "
        "by more than chance explains for that many values.</p>\n";
  }
  return html;
}

}  // namespace yodel::client
