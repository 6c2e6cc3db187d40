#include "client/report/chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <optional>

namespace yodel::client {
namespace {

// The width and height of a chart in SVG coordinates. Whole coordinates keep the page small.
constexpr int extent = 2000;

struct Pixel {
  int x = 0;
  int y = 0;
  bool operator==(const Pixel&) const = default;
};

// Converts a position to SVG coordinates, which count from the top.
Pixel pixel_of(const Spot& spot) {
  return {.x = static_cast<int>(std::lround(spot.x * extent)),
          .y = static_cast<int>(std::lround((1 - spot.y) * extent))};
}

// Returns the `d` of a path. Of adjacent spots in one pixel only the first is drawn.
std::string path(const Chart::Line& line) {
  if (line.spots.empty()) return {};
  std::string d;
  if (line.dots) {
    // A line of length 0 with round ends is a dot.
    for (const auto& spot : line.spots)
      d += fmt::format("M{} {}h0", pixel_of(spot).x, pixel_of(spot).y);
    return d;
  }
  std::optional<Pixel> last;
  const auto move = [&](char how, const Pixel& to) {
    if (last == to) return;
    d += fmt::format("{}{} {}", how, to.x, to.y);
    last = to;
  };
  const Pixel first = pixel_of(line.spots.front());
  if (line.filled) move('M', {.x = first.x, .y = extent});
  for (const auto& spot : line.spots)
    move(last ? 'L' : 'M', pixel_of(spot));
  if (line.filled) move('L', {.x = last->x, .y = extent});
  return d;
}

std::string grid(const Chart& chart) {
  std::string d;
  for (const auto& tick : chart.x)
    d += fmt::format("M{} 0V{}", pixel_of({.x = tick.place, .y = 0}).x, extent);
  for (const auto& tick : chart.y)
    d += fmt::format("M0 {}H{}", pixel_of({.x = 0, .y = tick.place}).y, extent);
  return d;
}

std::string drawing(const Chart& chart) {
  std::string html = fmt::format(
      "<svg viewBox=\"0 0 {0} {0}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{1}\">\n"
      "<path class=\"grid\" d=\"{2}\"/>\n",
      extent, escape_html(chart.description), grid(chart));
  for (const auto& line : chart.lines) {
    html += fmt::format("<path class=\"line {}{}{}\" d=\"{}\"/>\n",
                        side_classes.at(static_cast<std::size_t>(line.side)),
                        line.filled ? " filled" : "", line.dots ? " dots" : "", path(line));
  }
  for (const auto& mark : chart.marks) {
    const auto at = pixel_of({.x = mark.place, .y = mark.place});
    html += fmt::format("<path class=\"mark\" d=\"{}\"/>\n",
                        mark.axis == Axis::x ? fmt::format("M{} 0V{}", at.x, extent)
                                             : fmt::format("M0 {}H{}", at.y, extent));
  }
  for (const auto& note : chart.notes) {
    const int begin = pixel_of({.x = note.begin, .y = 0}).x;
    const int end = pixel_of({.x = note.end, .y = 0}).x;
    html += fmt::format("<rect x=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
                        begin, std::max(end - begin, 1), extent, escape_html(note.text));
  }
  return html + "</svg>\n";
}

// Returns the labels of the marks. A label above the chart never extends beyond its edges.
std::string mark_names(const Chart& chart) {
  constexpr double percent = 100;
  std::string html;
  bool low = true;
  for (const auto& mark : chart.marks) {
    if (mark.axis == Axis::x) {
      html += fmt::format(
          "<span class=\"mark{}\" "
          "style=\"left:{:.2f}%;transform:translateX(-{:.2f}%)\">{}</span>\n",
          low ? "" : " high", mark.place * percent, mark.place * percent, escape_html(mark.label));
      low = false;
    } else {
      html += fmt::format("<span class=\"level\" style=\"bottom:{:.2f}%\">{}</span>\n",
                          mark.place * percent, escape_html(mark.label));
    }
  }
  return html;
}

}  // namespace

std::string to_html(const Chart& chart) {
  constexpr double percent = 100;
  std::string html =
      fmt::format("<figure>\n<figcaption>{}</figcaption>\n<div class=\"plot{}\">\n{}",
                  escape_html(chart.title), chart.marks.empty() ? "" : " marked", drawing(chart));
  // The drawing is stretched to its box. Text must not be, so it is outside of the drawing.
  for (const auto& tick : chart.y) {
    if (tick.label.empty()) continue;
    html += fmt::format("<span class=\"y\" style=\"bottom:{:.2f}%\">{}</span>\n",
                        tick.place * percent, escape_html(tick.label));
  }
  for (const auto& tick : chart.x) {
    if (tick.label.empty()) continue;
    html += fmt::format("<span class=\"x{}\" style=\"left:{:.2f}%\">{}</span>\n",
                        tick.spare ? " spare" : "", tick.place * percent, escape_html(tick.label));
  }
  return html + mark_names(chart) + "</div>\n</figure>\n";
}

}  // namespace yodel::client
