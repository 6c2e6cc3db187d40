#include "client/report/cells.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "client/measure/figures.hpp"

namespace yodel::client {

bool any_of(Runs runs, const std::function<bool(const RunRecord&)>& is) {
  return std::any_of(runs.begin(), runs.end(), is);
}

std::string data(std::size_t side, double value, std::string_view text) {
  return fmt::format(R"(<data class="{}" value="{}">{}</data>)", side_classes.at(side), value,
                     text);
}

std::string data(std::size_t side, std::uint64_t value, std::string_view text) {
  return fmt::format(R"(<data class="{}" value="{}">{}</data>)", side_classes.at(side), value,
                     text);
}

std::string data(std::size_t side, std::uint64_t value) {
  return data(side, value, grouped(value));
}

std::string figures_row(Runs runs, std::string_view name,
                        const std::function<std::string(std::size_t)>& of_run,
                        const std::string& changed) {
  std::string html = fmt::format("<tr><th scope=\"row\">{}</th>", escape_html(name));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format("<td>{}{}</td>", of_run(i), i == 0 ? changed : "");
  }
  return html + "</tr>\n";
}

std::string table(std::string_view label, std::string_view classes, std::string_view head,
                  std::string_view rows) {
  return fmt::format(
      "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"{}\">\n"
      "{}<tbody>\n{}</tbody>\n</table></div>\n",
      label, classes, head, rows);
}

std::string run_heads(Runs runs) {
  if (runs.size() < 2) return {};
  std::string html = "<thead><tr><td></td>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    html += fmt::format(R"(<th scope="col"><span class="key {}">{}</span></th>)",
                        side_classes.at(i), side_names.at(i));
  }
  return html + "</tr></thead>\n";
}

}  // namespace yodel::client
