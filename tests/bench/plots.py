"""Draws the plots as SVG. Text stays text, and the same figures give the same bytes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

from figures import Row  # noqa: E402
from table import number  # noqa: E402

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#e69f00", "#009e73", "#8a8a8a"
# Shades of yodeld and of the others: darker means more at once.
OURS, OTHERS = ("#9ecae1", "#4292c6", "#084594"), ("#d4d4d4", "#ababab", "#7d7d7d")
TEXT = "#222222"
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "yodel", "font.family": "sans-serif", "font.size": 10,
    "figure.facecolor": "white", "savefig.facecolor": "white", "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": GREY, "text.color": TEXT,
    "axes.labelcolor": TEXT, "xtick.color": TEXT, "ytick.color": TEXT,
}


def _is_ours(server: str) -> bool:
    return server.partition(",")[0] == "yodeld"


def _apart(plot: Axes, *sides: str) -> None:
    """Separates these axes from the data, and so from each other."""
    for side in sides:
        plot.spines[side].set_position(("outward", 6))


def _save(folder: Path, name: str, width: float, height: float,
          draw: Callable[[Sequence[Axes]], None], panels: int = 1) -> None:
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, panels, figsize=(width, height), squeeze=False,
                                    layout="constrained")
        figure.get_layout_engine().set(wspace=0.08)
        draw(axes[0])
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def _bars(folder: Path, name: str, title: str, rows: Sequence[Row], servers: Sequence[str]) -> None:
    """Draws the multiples of the floor: a group of bars for each server, a bar for each row."""
    names = [server for server in servers if any(server in row.to_floor for row in rows)]
    thick = 0.8 / len(rows)

    def draw(axes: Sequence[Axes]) -> None:
        plot, = axes
        for i, row in enumerate(rows):
            ours, others = OURS[-len(rows):][i], OTHERS[-len(rows):][i]
            for place, server in enumerate(names):
                if (value := row.to_floor.get(server)) is None:
                    continue
                y = place + (i - (len(rows) - 1) / 2) * thick
                plot.barh(y, value, thick * 0.9, color=ours if _is_ours(server) else others)
                plot.annotate(number(value), (value, y), xytext=(3, 0),
                              textcoords="offset points", va="center", fontsize=8)
        plot.axvline(1, color=GREY, linewidth=0.8, zorder=0)
        plot.set_yticks(range(len(names)), names)
        for label in plot.get_yticklabels():
            if _is_ours(label.get_text()):
                label.set_fontweight("bold")
        plot.invert_yaxis()
        plot.tick_params(axis="y", length=0)
        plot.set_title(title, loc="left", fontweight="bold", pad=26 if len(rows) > 1 else 8)
        plot.set_xlabel("the floor is 1")
        plot.spines["left"].set_visible(False)
        _apart(plot, "bottom")
        plot.margins(x=0.1)
        if len(rows) > 1:
            kinds = [row.metric.title.rpartition(", ")[2] for row in rows]
            plot.legend([Patch(color=shade) for shade in OTHERS[-len(rows):]], kinds,
                        loc="lower left", bbox_to_anchor=(0, 1), ncols=len(rows), frameon=False)

    _save(folder, name, 8, 1.3 + 0.13 * len(names) * (1 + len(rows)), draw)


def _lines(plot: Axes, x: Sequence[float], lines: dict[str, Sequence[float | None]],
           x_label: str, title: str) -> None:
    """Draws lines that are labelled at their ends."""
    ends = []
    highest = 0.0
    others = iter((GREY, ORANGE, GREEN, GREY))
    for name, values in lines.items():
        colour = BLUE if name == "yodeld" else next(others)
        points = [(at, value) for at, value in zip(x, values, strict=True) if value is not None]
        if not points:
            continue
        plot.plot(*zip(*points, strict=True), color=colour, marker="o", markersize=4)
        ends.append((points[-1][1], points[-1][0], name, colour))
        highest = max(highest, *(y for _, y in points))
    plot.set_ylim(0, 1.1 * highest if ends else 1)
    plot.margins(x=0.02)
    _apart(plot, "left", "bottom")
    line_height = 0.07 * plot.get_ylim()[1]
    lowest = 0.0
    for end_y, end_x, name, colour in sorted(ends):
        place = max(end_y, lowest)
        lowest = place + line_height
        plot.annotate(name, (end_x, place), xytext=(7, 0), textcoords="offset points",
                      va="center", color=colour, fontweight="bold" if colour == BLUE else None)
    plot.set_xlabel(x_label)
    plot.set_title(title, loc="left", fontweight="bold")
    plot.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    plot.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def of_run(folder: Path, rows: Sequence[Row], servers: Sequence[str]) -> None:
    """Draws the plots of the comparison, as far as it was measured."""
    def of(prefix: str) -> list[Row]:
        return [row for row in rows if row.metric.key.startswith(prefix)]

    for name, label, wanted in (
            ("connections", "New connections per second, as a multiple of the floor", of("rate_")),
            ("first-byte", "Time to the first byte (p50), as a multiple of the floor",
             of("first_byte_p50")),
            ("echo", "Echoed bytes per second, as a multiple of the floor", of("echo_"))):
        if wanted:
            _bars(folder, name, label, wanted, servers)
    if held := of("held_"):
        counts = [float(row.metric.key.partition("_")[2]) for row in held]
        names = [name for name in servers if name in held[0].typical]
        _save(folder, "held", 7, 3.6, lambda axes: _lines(
            axes[0], counts, {name: [row.typical.get(name) for row in held] for name in names},
            "connections held", "New connections per second"))


def of_scale(folder: Path, results: dict[str, dict[str, Any]]) -> None:
    """Draws the plots of --scale: rate and memory by connections held."""
    held = [step["held"] for step in next(iter(results.values()))["steps"]]

    def draw(axes: Sequence[Axes]) -> None:
        for plot, key, label in zip(axes, ("rate", "kib_each"), (
                "New connections per second", "KiB of memory for each held connection"),
                strict=True):
            _lines(plot, held, {name: [step[key] for step in result["steps"]]
                                for name, result in results.items()}, "connections held", label)

    _save(folder, "scale", 10, 3.6, draw, panels=2)
