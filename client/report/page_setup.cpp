#include "client/report/page_setup.hpp"

#include <fmt/format.h>
#include <functional>
#include <vector>

#include "client/measure/figures.hpp"
#include "client/report/cells.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

std::string seconds_text(double seconds) {
  return fmt::format("{:g} s", seconds);
}

std::string load(const RunRecord& run) {
  if (run.hold) {
    return fmt::format("idle for {}, then one request on each connection",
                       seconds_text(run.duration.value_or(0)));
  }
  if (run.rate_due) {
    return fmt::format("open loop at {} per second", rate_text(*run.rate_due));
  }
  return "closed loop: next request after each reply";
}

std::string connections(const RunRecord& run) {
  return fmt::format("{}, {}", grouped(run.connections_at_once),
                     run.new_connection ? "a new one for each request" : "kept open");
}

std::string end(const RunRecord& run) {
  if (!run.requests) return seconds_text(run.duration.value_or(0));
  return *run.requests == 1 ? "1 request" : grouped(*run.requests) + " requests";
}

std::string processors(const RunRecord& run) {
  if (run.client.processors == 0) return {};
  const auto count = grouped(run.client.processors);
  return run.client.processor.empty() ? count : fmt::format("{} × {}", count, run.client.processor);
}

std::string message(const RunRecord& run) {
  return run.payload == 1 ? "1 byte" : grouped(run.payload) + " bytes";
}

struct Property {
  const char* name;
  std::function<std::string(const RunRecord&)> text;
};

// The setup, which should be the same in two runs that are compared.
const std::vector<Property>& setup() {
  static const std::vector<Property> properties{
      {"Server", [](const auto& run) { return run.server; }},
      {"Protocol", [](const auto& run) { return run.protocol; }},
      {"Load", load},
      {"Connections", connections},
      {"Message size", message},
      {"Ends after", end},
      {"Warm-up", [](const auto& run) { return seconds_text(run.warm_up); }},
      {"Threads", [](const auto& run) { return std::to_string(run.threads); }},
      {"Client", [](const auto& run) { return run.client.host; }},
      {"Client system", [](const auto& run) { return run.client.system; }},
      {"Client processors", processors},
      {"yodel version", [](const auto& run) { return run.version; }},
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

std::string setup_section(Runs runs) {
  std::string rows = figures_row(runs, "Started", [&](std::size_t i) {
    return fmt::format("<time>{}</time>", escape_html(runs[i].started));
  });
  rows += figures_row(runs, "Command", [&](std::size_t i) {
    return fmt::format("<code>{}</code>", escape_html(runs[i].command));
  });
  for (const auto& property : setup())
    rows += row(runs, property);
  return "<h2>Setup</h2>\n" +
         table("Setup", runs.size() > 1 ? "setup two" : "setup", run_heads(runs), rows);
}

std::string warnings(Runs runs) {
  std::string html;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    const std::string which = runs.size() < 2 ? "" : i == 0 ? "This run: " : "Old run: ";
    for (const auto& limit : run.client_limits)
      html += warning(fmt::format("{}LIMITED BY THE CLIENT: {}.", which, limit));
    if (run.unsent > 0) html += warning(fmt::format("{}{}", which, unsent_text(run)));
    if (const auto open = open_text(run); !open.empty()) {
      html += warning(fmt::format("{}{}.", which, open));
    }
    if (run.interrupted) html += warning(which + "Interrupted: the run ended early.");
  }
  std::string different;
  for (const auto& property : setup()) {
    if (!differs(runs, property)) continue;
    different += fmt::format("{}{}", different.empty() ? "" : ", ", property.name);
  }
  if (!different.empty()) {
    html += warning("The setups of the two runs differ: " + different + ".");
  }
  return html;
}

}  // namespace yodel::client
