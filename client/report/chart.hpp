// A chart as a part of a page: HTML for its texts, SVG for its drawing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/report/runs.hpp"
#include "client/report/scale.hpp"

namespace yodel::client {

// A position in a chart, as fractions of its width and height from the lower left.
struct Spot {
  double x = 0;
  double y = 0;
};

// The smallest height at which a value above 0 is drawn: about a pixel, so that it is visible. More
// would make a rare time look frequent.
constexpr double min_height = 0.006;

// A chart.
struct Chart {
  // A line, or dots.
  struct Line {
    Side side = Side::this_run;
    bool filled = false;  // down to the x axis
    std::vector<Spot> spots;
    bool dots = false;  // a dot at each spot, and no line
  };
  // A line across the chart at a value of `axis`, with a label that is always visible.
  struct Mark {
    Axis axis = Axis::x;
    double place = 0;
    std::string label;
  };
  // The text shown while the pointer is between two places of the x axis.
  struct Note {
    double begin = 0;
    double end = 0;
    std::string text;
  };

  std::string title;
  std::string description;  // for screen readers
  std::vector<Tick> x;
  std::vector<Tick> y;
  std::vector<Line> lines;  // later ones are drawn over earlier ones
  std::vector<Note> notes;
  // At most two of the x axis: their labels are above the chart, the first below the second.
  std::vector<Mark> marks;
};

// Returns the chart as HTML, with all texts escaped.
[[nodiscard]] std::string to_html(const Chart& chart);

}  // namespace yodel::client
