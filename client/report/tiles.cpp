#include "client/report/tiles.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "client/measure/figures.hpp"
#include "client/report/cells.hpp"
#include "client/report/change.hpp"
#include "client/report/words.hpp"

namespace yodel::client {
namespace {

using Latency = LatencyRecord;

// A tile: its name, its figure, and a line of small print; `old` is the old run's figure and the
// change, if there is an old run.
struct Tile {
  std::string name;
  std::string figure;
  std::string more;
  std::string old;
};

std::string to_html(const Tile& tile) {
  auto html = fmt::format("<div class=\"tile\">\n<h2>{}</h2>\n<p class=\"figure\">{}</p>\n",
                          tile.name, tile.figure);
  if (!tile.old.empty()) html += fmt::format("<p class=\"was\">{}</p>\n", tile.old);
  if (!tile.more.empty()) html += fmt::format("<p class=\"quiet\">{}</p>\n", tile.more);
  return html + "</div>\n";
}

std::string was(const std::string& figure, const Change& change) {
  return fmt::format("was {} {}", figure, to_html(change));
}

// Returns the kind of time that is closest to what a user of the server waits for, of those that
// all runs have measured.
std::size_t main_kind(Runs runs) {
  for (const auto kind : {TimeKind::since_intended_start, TimeKind::whole, TimeKind::round_trip}) {
    const auto measured = [&](const auto& run) { return run.latencies.at(index_of(kind)); };
    if (std::all_of(runs.begin(), runs.end(), measured)) return index_of(kind);
  }
  return index_of(TimeKind::round_trip);
}

Tile rate_tile(Runs runs) {
  const auto figure = [&](std::size_t i) {
    const double rate = runs[i].replies_per_second;
    return data(i, rate, grouped(rate));
  };
  Tile tile{.name = "Replies per second", .figure = figure(0), .more = {}, .old = {}};
  if (runs.front().rate_due) tile.more = rate_text(*runs.front().rate_due) + " due";
  if (runs.size() > 1) tile.old = was(figure(1), change_of_rate(runs[0], runs[1]));
  return tile;
}

Tile time_tile(Runs runs, std::size_t kind, std::size_t index) {
  const auto figure = [&](std::size_t i) -> std::string {
    const auto& times = runs[i].latencies.at(kind);
    if (!times || !times->supports(index)) return "–";
    return data(i, times->values.at(index), time_text(times->values.at(index), 3));
  };
  const auto& times = runs.front().latencies.at(kind);
  Tile tile{.name = fmt::format("{} <small>{}</small>", Latency::figures.at(index).name,
                                time_kinds.at(kind).name),
            .figure = figure(0),
            .more = {},
            .old = {}};
  if (!times) {
    tile.more = "nothing was measured";
  } else if (!times->supports(index)) {
    tile.more = fmt::format("only {} values; needs {}", grouped(times->count),
                            grouped(Latency::figures.at(index).min_count));
  }
  if (runs.size() > 1 && times && runs[1].latencies.at(kind)) {
    tile.old = was(figure(1), change_of_time(runs[0], runs[1], kind, index));
  }
  return tile;
}

Tile failures_tile(Runs runs) {
  const auto& run = runs.front();
  Tile tile{.name = "Failed",
            .figure = data(0, run.failed),
            .more = fmt::format("of {}", grouped(run.failed + run.replies + run.replies_after)),
            .old = {}};
  if (runs.size() > 1) {
    tile.old = was(data(1, runs[1].failed), change_of_failures(runs[0], runs[1]));
  }
  return tile;
}

}  // namespace

std::string tiles(Runs runs) {
  const auto kind = main_kind(runs);
  std::string html = "<section class=\"tiles\" aria-label=\"Key figures\">\n";
  for (const auto& tile : {rate_tile(runs), time_tile(runs, kind, Latency::i_p50),
                           time_tile(runs, kind, Latency::i_p99), failures_tile(runs)}) {
    html += to_html(tile);
  }
  return html + "</section>\n";
}

}  // namespace yodel::client
