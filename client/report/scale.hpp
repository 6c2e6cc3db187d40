// The axes of a chart: where a value stands, and which values are written beside the axis. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace yodel::client {

// A mark at an axis. `place` is a part of the axis' length, from its beginning.
struct Tick {
  double place = 0;
  std::string label;   // empty: the tick is a line alone
  bool spare = false;  // on a narrow screen the label would run into the one before it
};

// What labels stand beside: the x axis has them side by side, the y axis one above the other.
enum class Axis : std::uint8_t { x, y };

// Takes out each of `ticks` whose label would run into the one before it, and marks those which
// would on a narrow screen. style.css says how wide and high a chart is.
[[nodiscard]] std::vector<Tick> with_room(std::vector<Tick> ticks, Axis axis);

// The values from `low` to `high`, along an axis.
class Scale {
 public:
  enum class Kind : std::uint8_t { linear, logarithmic };

  // `low` < `high`; on a logarithmic one both are above 0.
  Scale(Kind kind, double low, double high);

  [[nodiscard]] double low() const noexcept { return low_; }
  [[nodiscard]] double high() const noexcept { return high_; }
  // Where `value` stands: 0 at `low`, 1 at `high`; what lies outside stands at the end.
  [[nodiscard]] double place(double value) const;
  // The value that stands there.
  [[nodiscard]] double value(double place) const;

  // Returns round values, as many as have room for their labels. A logarithmic axis longer than a
  // decade has 1, 2 and 5 of each; there a value without room for its label has a line alone.
  [[nodiscard]] std::vector<Tick> ticks(Axis axis,
                                        const std::function<std::string(double)>& label) const;

 private:
  Kind kind_;
  double low_;
  double high_;
};

// Holds 0 and all values up to `high`, a little more, and is never empty.
[[nodiscard]] Scale from_zero(double high);
// Logarithmic, holds all from `low` to `high`, a little more.
[[nodiscard]] Scale logarithmic(double low, double high);

// A round time beside an axis: "50 µs".
[[nodiscard]] std::string time_label(double milliseconds);
// A round number beside an axis, with k, M or G where it is large: "12 k".
[[nodiscard]] std::string number_label(double number);

}  // namespace yodel::client
