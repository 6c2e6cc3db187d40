// A chart as a piece of a page: HTML for what is read, SVG for what is drawn.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/report/runs.hpp"
#include "client/report/scale.hpp"

namespace yodel::client {

// Where something stands in a chart: parts of its width and of its height, from the lower left.
struct Spot {
  double x = 0;
  double y = 0;
};

// The least height of a value above 0: about a pixel, so that it is seen. A greater one would make
// a rare time look frequent.
constexpr double min_height = 0.006;

struct Chart {
  struct Line {
    Side side = Side::this_run;
    bool filled = false;  // down to the x axis
    std::vector<Spot> spots;
    bool dots = false;  // a dot at each spot, and no line
  };
  // A line across the chart at a value of `axis`, and its name, which is read without a pointer.
  struct Mark {
    Axis axis = Axis::x;
    double place = 0;
    std::string label;
  };
  // What is said when the pointer is between the two places of the x axis.
  struct Note {
    double begin = 0;
    double end = 0;
    std::string text;
  };

  std::string title;
  std::string description;  // what it shows, for those who do not see it
  std::vector<Tick> x;
  std::vector<Tick> y;
  std::vector<Line> lines;  // the later ones are drawn over the others
  std::vector<Note> notes;
  // Of an x axis at most two: their labels stand over the chart, the first below the second.
  std::vector<Mark> marks;
};

[[nodiscard]] std::string to_html(const Chart& chart);

}  // namespace yodel::client
