#include "client/report/page_setup.hpp"

#include <fmt/format.h>
#include <functional>
#include <vector>

#include "text/counted.hpp"

namespace yodel::client {
namespace {

std::string seconds_text(double seconds) {
  return fmt::format("{:g} s", seconds);
}

std::string load(const RunRecord& run) {
  if (run.hold) {
    return fmt::format("idle for {}, then a request on each connection",
                       seconds_text(run.duration.value_or(0)));
  }
  if (run.rate_due) {
    return fmt::format("open schedule: {:.15g} requests due in a second", *run.rate_due);
  }
  return "closed loop: each connection has its next request when the last is answered";
}

std::string connections(const RunRecord& run) {
  return fmt::format("{}, {}", run.connections_at_once,
                     run.new_connection ? "a new one for each request" : "kept");
}

std::string end(const RunRecord& run) {
  return run.requests ? fmt::format("{} requests", *run.requests)
                      : seconds_text(run.duration.value_or(0));
}

struct Property {
  const char* name;
  std::function<std::string(const RunRecord&)> text;
};

// What two runs that are to be compared have in common.
const std::vector<Property>& setup() {
  static const std::vector<Property> properties{
      {"Server", [](const auto& run) { return run.server; }},
      {"Protocol", [](const auto& run) { return run.protocol; }},
      {"Load", load},
      {"Connections", connections},
      {"Message", [](const auto& run) { return text::counted(run.payload, "byte"); }},
      {"Ends after", end},
      {"Warm-up", [](const auto& run) { return seconds_text(run.warm_up); }},
      {"Threads", [](const auto& run) { return std::to_string(run.threads); }},
      {"Version of yodel", [](const auto& run) { return run.version; }},
  };
  return properties;
}

bool differs(Runs runs, const Property& property) {
  return runs.size() > 1 && property.text(runs[0]) != property.text(runs[1]);
}

std::string row(Runs runs, const Property& property) {
  std::string html =
      fmt::format("<tr{}><th scope=\"row\">{}</th>",
                  differs(runs, property) ? " class=\"differs\"" : "", property.name);
  for (const auto& run : runs)
    html += fmt::format("<td>{}</td>", escape_html(property.text(run)));
  return html + "</tr>\n";
}

std::string warning(std::string_view text) {
  return fmt::format("<p class=\"warning\" role=\"note\">{}</p>\n", escape_html(text));
}

}  // namespace

std::string run_heads(Runs runs) {
  std::string html;
  if (runs.size() < 2) return html;
  html = "<thead><tr><td></td>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format(R"(<th scope="col"><span class="key {}">{}</span></th>)",
                        side_classes.at(i), side_names.at(i));
  }
  return html + "</tr></thead>\n";
}

std::string what_was_run(Runs runs) {
  std::string html =
      "<h2>What was run</h2>\n<div class=\"table\" tabindex=\"0\"><table>\n" + run_heads(runs);
  html += "<tbody>\n";
  html += "<tr><th scope=\"row\">Started</th>";
  for (const auto& run : runs)
    html += fmt::format("<td><time>{}</time></td>", escape_html(run.started));
  html += "</tr>\n";
  for (const auto& property : setup())
    html += row(runs, property);
  return html + "</tbody>\n</table></div>\n";
}

std::string warnings(Runs runs) {
  std::string html;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    const std::string which = runs.size() > 1 ? std::string(", ") + side_names.at(i) : "";
    for (const auto& limit : run.client_limits)
      html += warning(fmt::format("LIMITED BY THE CLIENT{}: {}.", which, limit));
    if (run.unsent > 0) {
      html += warning(fmt::format(
          "Never sent{}: {} requests that were due. The true percentiles are higher than the "
          "ones shown here.",
          which, run.unsent));
    }
    if (run.interrupted) {
      html += warning(fmt::format("Interrupted{}: it is shorter than was asked for.", which));
    }
  }
  std::string different;
  for (const auto& property : setup()) {
    if (!differs(runs, property)) continue;
    different += fmt::format("{}{}", different.empty() ? "" : ", ", property.name);
  }
  if (!different.empty()) {
    html += warning("The two runs are not alike. They differ in: " + different + ".");
  }
  return html;
}

}  // namespace yodel::client
