"""The pictures, as SVG: text stays text, and two runs with the same figures give the same bytes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from figures import Row  # noqa: E402
from table import number  # noqa: E402

# Okabe and Ito's colours, which those who are colour-blind tell apart.
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#e69f00", "#009e73", "#8a8a8a"
SHADES = ("#9ecae1", "#4292c6", "#084594")
TEXT = "#222222"
STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "yodel", "font.family": "sans-serif", "font.size": 10,
    "figure.facecolor": "white", "savefig.facecolor": "white", "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": GREY, "text.color": TEXT,
    "axes.labelcolor": TEXT, "xtick.color": TEXT, "ytick.color": TEXT,
}


def _save(folder: Path, name: str, width: float, height: float,
          draw: Callable[[Sequence[Axes]], None], panels: int = 1) -> None:
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, panels, figsize=(width, height), squeeze=False,
                                    layout="constrained")
        draw(axes[0])
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def _bars(folder: Path, name: str, label: str, rows: Sequence[Row], servers: Sequence[str]) -> None:
    """The multiples of the floor: a group of bars for each server, a bar for each row."""
    names = [server for server in servers if any(server in row.to_floor for row in rows)]
    thick = 0.8 / len(rows)

    def draw(axes: Sequence[Axes]) -> None:
        plot, = axes
        for i, row in enumerate(rows):
            shade = SHADES[-len(rows):][i] if len(rows) > 1 else BLUE
            for place, server in enumerate(names):
                if (value := row.to_floor.get(server)) is None:
                    continue
                y = place + (i - (len(rows) - 1) / 2) * thick
                plot.barh(y, value, thick * 0.9, color=shade,
                          label=row.metric.title.rpartition(", ")[2] if place == 0 else None)
                plot.text(value, y, f" {number(value)}", va="center", fontsize=8)
        plot.axvline(1, color=GREY, linewidth=0.8, zorder=0)
        plot.set_yticks(range(len(names)), names)
        plot.invert_yaxis()
        plot.tick_params(axis="y", length=0)
        plot.set_xlabel(label)
        plot.margins(x=0.1)
        if len(rows) > 1:
            plot.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(rows), frameon=False)

    _save(folder, name, 8, 1.1 + 0.13 * len(names) * (1 + len(rows)), draw)


def _lines(plot: Axes, x: Sequence[float], lines: dict[str, Sequence[float | None]],
           x_label: str, y_label: str) -> None:
    """Each is named at its end."""
    ends = []
    for (name, values), colour in zip(lines.items(), (GREY, BLUE, ORANGE, GREEN), strict=False):
        points = [(at, value) for at, value in zip(x, values, strict=True) if value is not None]
        if not points:
            continue
        plot.plot(*zip(*points, strict=True), color=colour, marker="o", markersize=4)
        ends.append((points[-1][1], points[-1][0], name, colour))
    plot.set_ylim(bottom=0)
    plot.margins(x=0.05)
    line_height = 0.07 * plot.get_ylim()[1]
    lowest = 0.0
    for end_y, end_x, name, colour in sorted(ends):
        place = max(end_y, lowest)
        lowest = place + line_height
        plot.annotate(name, (end_x, place), xytext=(7, 0), textcoords="offset points",
                      va="center", color=colour)
    plot.set_xlabel(x_label)
    plot.set_ylabel(y_label)
    plot.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    plot.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def of_run(folder: Path, rows: Sequence[Row], servers: Sequence[str]) -> None:
    """Those of the comparison, as far as it was measured."""
    def of(prefix: str) -> list[Row]:
        return [row for row in rows if row.metric.key.startswith(prefix)]

    for name, label, wanted in (
            ("connections", "connections per second, as a multiple of the floor", of("rate_")),
            ("first-byte", "time to the first byte (p50), as a multiple of the floor",
             of("first_byte_p50")),
            ("echo", "bytes per second, as a multiple of the floor", of("echo_"))):
        if wanted:
            _bars(folder, name, label, wanted, servers)
    if held := of("held_"):
        counts = [float(row.metric.key.partition("_")[2]) for row in held]
        names = [name for name in servers if name in held[0].typical]
        _save(folder, "held", 7, 3.6, lambda axes: _lines(
            axes[0], counts, {name: [row.typical.get(name) for row in held] for name in names},
            "connections held", "new connections per second"))


def of_scale(folder: Path, results: dict[str, dict[str, Any]]) -> None:
    """What grows with the connections that are held."""
    held = [step["held"] for step in next(iter(results.values()))["steps"]]

    def draw(axes: Sequence[Axes]) -> None:
        for plot, key, label in zip(axes, ("rate", "kib_each"), (
                "new connections per second", "memory of a held connection, KiB"), strict=True):
            _lines(plot, held, {name: [step[key] for step in result["steps"]]
                                for name, result in results.items()}, "connections held", label)

    _save(folder, "scale", 10, 3.6, draw, panels=2)
