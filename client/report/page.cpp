#include "client/report/page.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>

#include "client/report/charts.hpp"
#include "client/report/page_setup.hpp"

namespace yodel::client {
namespace {

// "Round trip" for "round trip".
std::string title_of(const TimeKindEntry& kind) {
  std::string title(kind.name);
  title.front() = static_cast<char>(title.front() - 'a' + 'A');
  return title;
}

bool any(Runs runs, const std::function<bool(const RunRecord&)>& is) {
  return std::any_of(runs.begin(), runs.end(), is);
}
// The kinds of time that at least one of them has measured, as indices.
std::vector<std::size_t> measured_kinds(Runs runs) {
  std::vector<std::size_t> measured;
  for (std::size_t kind = 0; kind < time_kinds.size(); ++kind) {
    if (any(runs, [&](const auto& run) { return run.latencies.at(kind).has_value(); })) {
      measured.push_back(kind);
    }
  }
  return measured;
}

// A figure of the run at `side`: `text` for people, `value` as the JSON has it.
std::string data(std::size_t side, double value, std::string_view text) {
  return fmt::format(R"(<data class="{}" value="{}">{}</data>)", side_classes.at(side), value,
                     text);
}
std::string data(std::size_t side, std::uint64_t value) {
  return fmt::format(R"(<data class="{}" value="{}">{}</data>)", side_classes.at(side), value,
                     value);
}

// "+12.3 %", or from ten times on "× 12.3": how much more this run has than the old one. Empty:
// there is nothing to compare.
std::string change(double now, double before) {
  constexpr double percent = 100;
  constexpr double least = 1e-9;
  constexpr double many = 10;
  if (before < least) return {};
  if (now >= many * before) return fmt::format("<small>× {:.3g}</small>", now / before);
  return fmt::format("<small>{:+.1f} %</small>", (now - before) / before * percent);
}

std::string figures_row(Runs runs, std::string_view name,
                        const std::function<std::string(std::size_t)>& of_run,
                        const std::string& changed = {}) {
  std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", escape_html(name));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format("<td>{}{}</td>", of_run(i), i == 0 ? changed : "");
  }
  return html + "</tr>\n";
}

std::string count_row(Runs runs, std::string_view name, std::uint64_t RunRecord::*count) {
  return figures_row(runs, name, [&](std::size_t i) { return data(i, runs[i].*count); });
}

std::string outcome(Runs runs) {
  std::string html = "<h2>Outcome</h2>\n<div class=\"table\" tabindex=\"0\"><table class=\"figures";
  html += fmt::format("{}\">\n{}<tbody>\n", runs.size() > 1 ? " two" : "", run_heads(runs));
  const auto rate = [&](std::size_t i) {
    return data(i, runs[i].replies_per_second, fmt::format("{:.1f}", runs[i].replies_per_second));
  };
  html += figures_row(
      runs, "Replies in a second", rate,
      runs.size() > 1 ? change(runs[0].replies_per_second, runs[1].replies_per_second) : "");
  html += count_row(runs, "Replies", &RunRecord::replies);
  if (any(runs, [](const auto& run) { return run.replies_after > 0; })) {
    html += count_row(runs, "Replies after the end", &RunRecord::replies_after);
    html += figures_row(runs, "… until", [&](std::size_t i) {
      return data(i, runs[i].drain, fmt::format("{:.3f} s after it", runs[i].drain));
    });
  }
  html += count_row(runs, "Failed", &RunRecord::failed);
  for (std::size_t kind = 0; kind < request_errors.size(); ++kind) {
    if (!any(runs, [&](const auto& run) { return run.errors.at(kind) > 0; })) continue;
    html += figures_row(runs, fmt::format("… {}", request_errors.at(kind)),
                        [&](std::size_t i) { return data(i, runs[i].errors.at(kind)); });
  }
  if (any(runs, [](const auto& run) { return !run.first_error.empty(); })) {
    html += figures_row(runs, "… the first", [&](std::size_t i) {
      return fmt::format("<span>{}</span>", escape_html(runs[i].first_error));
    });
  }
  html += figures_row(runs, "Time", [&](std::size_t i) {
    return data(i, runs[i].elapsed, fmt::format("{:.3f} s", runs[i].elapsed));
  });
  html += count_row(runs, "Connections made", &RunRecord::connections);
  html += count_row(runs, "Bytes sent", &RunRecord::bytes_sent);
  html += count_row(runs, "Bytes received", &RunRecord::bytes_received);
  if (any(runs, [](const auto& run) { return run.rate_due.has_value(); })) {
    html += count_row(runs, "Due when every connection was busy", &RunRecord::queued);
    html += count_row(runs, "Due and never sent", &RunRecord::unsent);
  }
  return html + "</tbody>\n</table></div>\n";
}

// The cell of `kind` in the table of latencies: what `of_times` says of each run, then `more`.
std::string cell(Runs runs, std::size_t kind,
                 const std::function<std::string(std::size_t, const LatencyRecord&)>& of_times,
                 const std::string& more = {}) {
  std::string html = "<td>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (const auto& times = runs[i].latencies.at(kind)) html += of_times(i, *times);
  }
  return html + more + "</td>";
}

// The same figure of every kind that was measured.
std::string latency_row(Runs runs, const std::vector<std::size_t>& measured, std::size_t figure) {
  std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", LatencyRecord::names.at(figure));
  for (const std::size_t kind : measured) {
    const auto& now = runs.front().latencies.at(kind);
    const auto& before = runs.back().latencies.at(kind);
    const bool both = runs.size() > 1 && now && before;
    html += cell(
        runs, kind,
        [&](std::size_t i, const LatencyRecord& times) {
          return data(i, times.values.at(figure), time_text(times.values.at(figure)));
        },
        both ? change(now->values.at(figure), before->values.at(figure)) : "");
  }
  return html + "</tr>\n";
}

std::string latency_table(Runs runs, const std::vector<std::size_t>& measured) {
  constexpr double percent = 100;
  std::string html = fmt::format(
      "<div class=\"table\" tabindex=\"0\"><table class=\"figures{}\">\n<thead><tr><td></td>",
      runs.size() > 1 ? " two" : "");
  for (const std::size_t kind : measured)
    html += fmt::format("<th scope=\"col\">{}</th>", title_of(time_kinds.at(kind)));
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t figure = 0; figure < LatencyRecord::names.size(); ++figure)
    html += latency_row(runs, measured, figure);
  html += "<tr><th scope=\"row\">count</th>";
  for (const std::size_t kind : measured) {
    html += cell(runs, kind,
                 [](std::size_t i, const LatencyRecord& times) { return data(i, times.count); });
  }
  html += "</tr>\n</tbody>\n</table></div>\n";
  return html + fmt::format("<p class=\"quiet\">Percentiles are within {:g} %.</p>\n",
                            runs.front().precision * percent);
}

std::string key(Runs runs) {
  if (runs.size() < 2) return {};
  std::string html = "<p>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format("<span class=\"key {}\">{}</span> <small>{}</small> ", side_classes.at(i),
                        side_names.at(i), escape_html(runs[i].started));
  }
  return html + "</p>\n";
}

std::string latency(Runs runs) {
  std::string html = "<h2>Latency</h2>\n";
  const auto measured = measured_kinds(runs);
  if (measured.empty()) return html + "<p>Nothing was measured.</p>\n";
  html += latency_table(runs, measured) + key(runs);
  for (const std::size_t kind : measured) {
    if (time_kinds.at(kind).of_client) continue;
    html +=
        fmt::format("<h3>{}</h3>\n<p class=\"quiet\">{}</p>\n<div class=\"charts\">\n{}{}</div>\n",
                    title_of(time_kinds.at(kind)), time_kinds.at(kind).meaning,
                    to_html(histogram(runs, kind)), to_html(percentile_curve(runs, kind)));
  }
  return html;
}

std::string course(Runs runs) {
  std::string html = "<h2>Over time</h2>\n" + key(runs);
  if (!any(runs, [](const auto& run) { return !run.course.replies.empty(); })) {
    return html + "<p>Nothing was measured.</p>\n";
  }
  html += "<div class=\"charts\">\n" + to_html(replies_over_time(runs));
  if (any(runs, [](const auto& run) { return run.replies + run.replies_after > 0; })) {
    html += to_html(longest_over_time(runs));
  }
  const bool failed = any(runs, [](const auto& run) { return run.failed > 0; });
  if (failed) html += to_html(errors_over_time(runs));
  html += "</div>\n";
  if (!failed) html += "<p>Errors: none, at any time.</p>\n";
  return html;
}

}  // namespace

std::string report_page(Runs runs) {
  const auto& run = runs.front();
  const auto title = "yodel bench: " + escape_html(run.server);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n"
      "<p>{2}</p>\n</header>\n<main>\n",
      title, report_style, escape_html(run.description));
  html += warnings(runs);
  html += outcome(runs);
  html += latency(runs);
  html += course(runs);
  html += what_was_run(runs);
  html += fmt::format(
      "</main>\n<footer>\n<p>Written by yodel {}. This page runs no script and loads nothing. "
      "Point at a chart to read its values.</p>\n</footer>\n</body>\n</html>\n",
      YODEL_VERSION);
  return html;
}

}  // namespace yodel::client
