// The axes of a chart: the place of each value, and the values to label. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace yodel::client {

// A tick on an axis. `place` is a fraction of the axis' length, from its beginning.
struct Tick {
  double place = 0;
  std::string label;   // empty: only a grid line
  bool spare = false;  // on a narrow screen the label would collide, and is hidden
};

// The two axes. Labels of the x axis are side by side, those of the y axis one above another.
enum class Axis : std::uint8_t { x, y };

// Returns `ticks` without those whose label would collide with the previous one, and marks as spare
// those that would on a narrow screen. style.css has the size of a chart.
[[nodiscard]] std::vector<Tick> with_room(std::vector<Tick> ticks, Axis axis);

// Maps the values from `low` to `high` to places on an axis.
class Scale {
 public:
  enum class Kind : std::uint8_t { linear, logarithmic };

  // Needs `low` < `high`, and on a logarithmic axis both above 0.
  Scale(Kind kind, double low, double high);

  [[nodiscard]] double low() const noexcept { return low_; }
  [[nodiscard]] double high() const noexcept { return high_; }
  // Returns the place of `value`: 0 for `low`, 1 for `high`. Values outside are clamped.
  [[nodiscard]] double place(double value) const;
  // Returns the value at `place`.
  [[nodiscard]] double value(double place) const;

  // Returns ticks at round values, as many as there is room for their labels. A logarithmic axis
  // longer than a decade has 1, 2 and 5 of each; a value without room for its label gets a grid
  // line.
  [[nodiscard]] std::vector<Tick> ticks(Axis axis,
                                        const std::function<std::string(double)>& label) const;

 private:
  Kind kind_;
  double low_;
  double high_;
};

// Returns a linear scale from 0 to a little more than `high`, never empty.
[[nodiscard]] Scale from_zero(double high);
// Returns a logarithmic scale that extends a little beyond `low` and `high`.
[[nodiscard]] Scale logarithmic(double low, double high);

// Returns the label of a round time: "50 µs".
[[nodiscard]] std::string time_label(double milliseconds);
// Returns the label of a round number, with k, M or G if it is large: "12 k".
[[nodiscard]] std::string number_label(double number);

}  // namespace yodel::client
