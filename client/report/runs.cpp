#include "client/report/runs.hpp"

namespace yodel::client {

std::string of_each(Runs runs, const std::function<std::string(std::size_t)>& text_of) {
  std::string all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto text = text_of(i);
    if (text.empty()) continue;
    if (!all.empty()) all += "; ";
    if (runs.size() > 1) all.append(side_names.at(i)).append(" ");
    all += text;
  }
  return all;
}

std::string escape_html(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

}  // namespace yodel::client
