#include "client/report/scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "client/measure/figures.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

// Returns the multiples of `step` from `low` to `high`. Adding up steps would add up their
// rounding.
std::vector<double> multiples(double step, double low, double high) {
  std::vector<double> values;
  const double first = std::ceil(low / step - 1e-9) + 0.0;  // no -0
  for (double i = first; i * step <= high * (1 + 1e-12); ++i)
    values.push_back(i * step);
  return values;
}

// A round value on a logarithmic axis: digit * 10^decade.
struct Round {
  int decade = 0;
  int digit = 1;
  double value = 0;
};

// Returns the values from `low` to `high` that begin with one of `digits`, in each decade.
std::vector<Round> in_decades(const std::vector<int>& digits, double low, double high) {
  std::vector<Round> all;
  for (auto decade = static_cast<int>(std::floor(std::log10(low)));
       decade <= static_cast<int>(std::ceil(std::log10(high))); ++decade) {
    for (const int digit : digits) {
      const double value = digit * std::pow(10, decade);
      if (value >= low && value <= high)
        all.push_back({.decade = decade, .digit = digit, .value = value});
    }
  }
  return all;
}

// Returns the sets of round values to choose from; the largest that fits is best.
std::vector<std::vector<double>> candidates(Scale::Kind kind, double low, double high) {
  std::vector<std::vector<double>> sets;
  constexpr double max_steps = 20;
  const double power = std::pow(10, std::floor(std::log10(high - low)) - 1);
  for (const double digit : {1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
    if ((high - low) / (digit * power) <= max_steps) {
      sets.push_back(multiples(digit * power, low, high));
    }
  }
  if (kind == Scale::Kind::linear) return sets;
  for (const auto& digits : {std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9}, std::vector{1, 2, 5}}) {
    auto& set = sets.emplace_back();
    for (const auto& round : in_decades(digits, low, high))
      set.push_back(round.value);
  }
  return sets;
}

// The share of an axis that a label takes: a fixed part, and a part for each character.
struct Room {
  double label = 0;
  double character = 0;
};
// For a chart 370 or 250 pixels wide, with characters of 7.2 pixels and 6 pixels between labels.
constexpr Room on_wide_x{.label = 0.016, .character = 0.0195};
constexpr Room on_narrow_x{.label = 0.024, .character = 0.029};
constexpr Room on_y{.label = 0.12, .character = 0};

bool collide(const Tick& left, const Tick& right, const Room& room) {
  const auto both = static_cast<double>(characters(left.label) + characters(right.label));
  return right.place - left.place < room.label + room.character * both / 2;
}

// A round value, and the tick for it.
struct Mark {
  Round round;
  Tick tick;
};

// Returns which of `marks` are those of every `stride`-th decade, from the first one on.
std::vector<bool> every(int stride, const std::vector<Mark>& marks) {
  std::vector<bool> chosen(marks.size());
  int decades = 0;
  for (std::size_t i = 0; i < marks.size(); ++i)
    chosen[i] = marks[i].round.digit == 1 && decades++ % stride == 0;
  return chosen;
}

// Returns whether the label of mark `i` collides with none of the others that are chosen.
bool fits(std::size_t i, const std::vector<Mark>& marks, const std::vector<bool>& chosen,
          const Room& room) {
  for (std::size_t j = 0; j < marks.size(); ++j) {
    if (!chosen[j] || i == j) continue;
    if (collide(marks[std::min(i, j)].tick, marks[std::max(i, j)].tick, room)) return false;
  }
  return true;
}

bool all_fit(const std::vector<Mark>& marks, const std::vector<bool>& chosen, const Room& room) {
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (chosen[i] && !fits(i, marks, chosen, room)) return false;
  }
  return true;
}

// Returns which of `marks` have a label in `room`: each decade, or every second, every fourth and
// so on; then each other mark whose label does not collide with these.
std::vector<bool> labelled(const std::vector<Mark>& marks, const Room& room) {
  int stride = 1;
  while (!all_fit(marks, every(stride, marks), room))
    stride *= 2;
  auto chosen = every(stride, marks);
  for (std::size_t i = 0; i < marks.size(); ++i)
    chosen[i] = chosen[i] || fits(i, marks, chosen, room);
  return chosen;
}

// Returns the ticks of an axis longer than a decade: 1, 2 and 5 of each; decades alone if not all
// of them have room for a label.
std::vector<Tick> decade_ticks(std::vector<Mark> marks, Axis axis) {
  const Room& room = axis == Axis::x ? on_wide_x : on_y;
  if (!all_fit(marks, every(1, marks), room))
    std::erase_if(marks, [](const Mark& mark) { return mark.round.digit != 1; });
  const auto wide = labelled(marks, room);
  const auto narrow = axis == Axis::x ? labelled(marks, on_narrow_x) : wide;
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    auto& tick = ticks.emplace_back(std::move(marks[i].tick));
    if (!wide[i]) tick.label.clear();
    tick.spare = wide[i] && !narrow[i];
  }
  return ticks;
}

}  // namespace

Scale::Scale(Kind kind, double low, double high) : kind_(kind), low_(low), high_(high) {}

double Scale::place(double value) const {
  value = std::clamp(value, low_, high_);
  if (kind_ == Kind::linear) return (value - low_) / (high_ - low_);
  return std::log(value / low_) / std::log(high_ / low_);
}

double Scale::value(double place) const {
  if (kind_ == Kind::linear) return low_ + place * (high_ - low_);
  return low_ * std::pow(high_ / low_, place);
}

std::vector<Tick> with_room(std::vector<Tick> ticks, Axis axis) {
  const Room room = axis == Axis::x ? on_wide_x : on_y;
  std::vector<Tick> all;
  std::size_t last_narrow = 0;  // of those that have room on a narrow screen
  for (auto& tick : ticks) {
    if (!all.empty() && collide(all.back(), tick, room)) continue;
    tick.spare = axis == Axis::x && !all.empty() && collide(all[last_narrow], tick, on_narrow_x);
    if (!tick.spare) last_narrow = all.size();
    all.push_back(std::move(tick));
  }
  return all;
}

std::vector<Tick> Scale::ticks(Axis axis, const std::function<std::string(double)>& label) const {
  constexpr double decade = 10;
  if (kind_ == Kind::logarithmic && high_ > low_ * decade) {
    std::vector<Mark> marks;
    for (const auto& round : in_decades({1, 2, 5}, low_, high_)) {
      marks.push_back(
          {.round = round, .tick = {.place = place(round.value), .label = label(round.value)}});
    }
    return decade_ticks(std::move(marks), axis);
  }
  std::vector<Tick> best;
  for (const auto& values : candidates(kind_, low_, high_)) {
    std::vector<Tick> ticks;
    ticks.reserve(values.size());
    for (const double value : values)
      ticks.push_back({.place = place(value), .label = label(value)});
    // Even steps are labelled all or none: a missing label would mislead.
    auto some = with_room(ticks, axis);
    if (some.size() == ticks.size() && some.size() > best.size()) best = std::move(some);
  }
  return best;
}

Scale from_zero(double high) {
  constexpr double more = 1.05;
  return {Scale::Kind::linear, 0, high > 0 ? high * more : 1};
}

Scale logarithmic(double low, double high) {
  constexpr double more = 1.1;
  // 0 has no logarithm. The clock's resolution is a nanosecond.
  constexpr double nanosecond = 1e-6;
  low = std::max(low, nanosecond);
  high = std::max(high, low);
  return {Scale::Kind::logarithmic, low / more, high * more};
}

std::string time_label(double milliseconds) {
  const auto time = amount_of_time(milliseconds);
  return fmt::format("{:g} {}", time.number, time.unit);
}

std::string number_label(double number) {
  constexpr std::array<std::string_view, 4> units{"", " k", " M", " G"};
  const auto amount = amount_in(number, units);
  return fmt::format("{:g}{}", amount.number, amount.unit);
}

}  // namespace yodel::client
