#include "client/report/page.hpp"

#include <fmt/format.h>

#include "client/report/cells.hpp"
#include "client/report/charts.hpp"
#include "client/report/page_setup.hpp"
#include "client/report/tables.hpp"
#include "client/report/tiles.hpp"

namespace yodel::client {
namespace {

// Returns the kinds of time that at least one run has measured.
std::vector<std::size_t> measured_kinds(Runs runs) {
  std::vector<std::size_t> measured;
  for (std::size_t kind = 0; kind < time_kinds.size(); ++kind) {
    if (any_of(runs, [&](const auto& run) { return run.latencies.at(kind).has_value(); })) {
      measured.push_back(kind);
    }
  }
  return measured;
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
        fmt::format("<h3>{}</h3>\n<p class=\"quiet\">{}</p>\n<div class=\"charts\">\n{}",
                    title_of(kind), time_kinds.at(kind).meaning, to_html(histogram(runs, kind)));
    if (any_of(runs, [&](const auto& run) { return is_distribution(run.latencies.at(kind)); })) {
      html += to_html(percentile_curve(runs, kind));
    }
    html += "</div>\n";
  }
  return html;
}

std::string time_series(Runs runs) {
  std::string html = "<h2>Over time</h2>\n" + key(runs);
  if (!any_of(runs, [](const auto& run) { return !run.time_series.replies.empty(); })) {
    return html + "<p>Nothing was measured.</p>\n";
  }
  html += "<div class=\"charts\">\n" + to_html(replies_over_time(runs));
  for (const auto& chart : latencies_over_time(runs))
    html += to_html(chart);
  const bool failed = any_of(runs, [](const auto& run) { return run.failed > 0; });
  if (failed) html += to_html(errors_over_time(runs));
  html += "</div>\n";
  if (!failed) html += "<p>No request failed.</p>\n";
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
  html += tiles(runs);
  html += warnings(runs);
  html += latency(runs);
  html += time_series(runs);
  html += "<h2>Outcome</h2>\n" + outcome_table(runs);
  html += setup_section(runs);
  html += fmt::format(
      "</main>\n<footer>\n<p>Written by yodel {}. This page runs no script and loads nothing. "
      "Point at a chart to read its values.</p>\n</footer>\n</body>\n</html>\n",
      YODEL_VERSION);
  return html;
}

}  // namespace yodel::client
