"""The tables of results, in Markdown."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

from figures import Pair, Row, Run

NOTHING = "–"


def number(value: float) -> str:
    """Formats a number with three significant digits, or all before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Formats a table, aligned for readers of the raw text; the first column to the left."""
    cells = [list(header), *map(list, lines)]
    widths = [max(3, *(len(line[i]) for line in cells)) for i in range(len(header))]

    def row(line: Sequence[str]) -> str:
        padded = [line[0].ljust(widths[0]),
                  *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([row(cells[0]), f"| {' | '.join(rule)} |", *map(row, cells[1:])]) + "\n"


def _table(rows: Sequence[Row], servers: Sequence[str], header: Callable[[Row], str],
           cell: Callable[[Row, str], str]) -> str:
    """Formats a table with a line for each server that has figures, and a column for each row."""
    lines = [[name, *(cell(row, name) for row in rows)] for name in servers
             if any(name in row.figures for row in rows)]
    return markdown(["server", *(header(row) for row in rows)], lines)


def _ratio(ratios: dict[str, float], name: str) -> str:
    return number(ratios[name]) if name in ratios else NOTHING


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Divides the rows into tables that are narrow enough to read."""
    titles = {"rate": "New connections", "held": "New connections while others are held",
              "echo": "Echo", "memory": "Memory of a held connection"}
    groups: dict[str, list[Row]] = {}
    for row in rows:
        kind = row.metric.key.partition("_")[0]
        groups.setdefault(titles.get(kind, "Times of one connection alone"), []).append(row)
    return list(groups.items())


def report(rows: Sequence[Row], servers: Sequence[str]) -> str:
    """Formats, for each group of figures, what was measured, and the ratios."""
    parts = []
    for title, group in _groups(rows):
        peers = {row.best_peer for row in group if row.best_peer}
        parts += [
            f"## {title}\n",
            _table(group, servers, lambda row: f"{row.metric.title} ({row.metric.unit})",
                   lambda row, name: number(row.typical[name]) if name in row.typical else NOTHING),
            "As a multiple of the floor:\n",
            _table(group, servers, lambda row: row.metric.title,
                   lambda row, name: _ratio(row.to_floor, name)),
        ]
        if peers:
            parts += ["As a multiple of the best peer:\n",
                      _table(group, servers,
                             lambda row: f"{row.metric.title} (to {row.best_peer or NOTHING})",
                             lambda row, name: _ratio(row.to_best_peer, name))]
    return "\n".join(parts)


def of_scale(results: dict[str, dict[str, Any]]) -> str:
    """Formats the rate and memory of the servers as more and more connections are held."""
    first = next(iter(results))
    lines = []
    for name, result in results.items():
        at_first = result["steps"][0]["rate"]
        for step, base in zip(result["steps"], results[first]["steps"], strict=True):
            kept = step["rate"] / at_first
            base_kept = base["rate"] / results[first]["steps"][0]["rate"]
            lines.append([name, f"{step['held']:,}", number(step["rate"]), number(kept),
                          number(kept / base_kept),
                          NOTHING if step["kib_each"] is None else number(step["kib_each"])])
    return markdown(["server", "held", "new connections (1/s)", "to none held",
                     f"relative to {first}", "memory of each (KiB)"], lines)


def of_starts(pairs: Iterable[Pair]) -> str:
    """Formats the times of each pair of commands, and their ratios within a round."""
    lines = [[pair.command, pair.base,
              *(number(median(times.values())) for times in (pair.times, pair.base_times)),
              *(number(value) for value in pair.ratio_quartiles())] for pair in pairs]
    return markdown(["command", "compared with", "ms", "that, ms", "ratio: min", "lower quartile",
                     "median", "upper quartile", "max"], lines)


def not_measured(reasons: dict[str, str], runs: Sequence[Run]) -> str:
    """Lists what has no figure, and why."""
    lines = [f"- {what}: {why}" for what, why in reasons.items()]
    lines += [f"- {run.part}, {run.server}, round {run.round}: {run.failure}"
              for run in runs if run.failure]
    return "## Not measured\n\n" + "\n".join(lines) + "\n" if lines else ""
