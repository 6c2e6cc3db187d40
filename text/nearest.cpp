#include "text/nearest.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace yodel::text {
namespace {

// Bounds the time that a long word costs. No key or option is half as long.
constexpr std::size_t max_word_length = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Returns how many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`,
// ignoring case: the optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> two_above(b.size() + 1);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(two_above, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::size_t> nearest(std::string_view word, std::span<const std::string_view> words) {
  if (word.size() > max_word_length) return std::nullopt;
  std::optional<std::size_t> best;
  std::size_t best_distance = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t steps = distance(word, words[i]);
    const std::size_t allowed = std::max<std::size_t>(1, words[i].size() / 3);
    if (steps > allowed || (best && steps >= best_distance)) continue;
    best = i;
    best_distance = steps;
  }
  return best;
}

}  // namespace yodel::text
