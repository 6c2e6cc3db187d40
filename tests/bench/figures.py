"""Computes rates, medians and ratios from raw results. Measures nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

Raw = dict[str, Any]


@dataclass(frozen=True)
class Metric:
    """A figure of a server, with a value for each round."""

    key: str
    title: str
    unit: str
    part: str    # of the run that measures it
    result: str  # the name of its raw result in that part
    value: Callable[[Raw], float | None]
    more_is_better: bool = False


def rate(result: Raw) -> float:
    """Returns complete connections per second."""
    return result["connections"] / result["seconds"]


def _time(name: str, percentile: str) -> Callable[[Raw], float | None]:
    def value(result: Raw) -> float | None:
        times = result[f"{name}_us"]
        return times[percentile] if times else None
    return value


def _memory(result: Raw) -> float:
    return (result["before_kib"] - result["after_kib"]) / result["connections"]


def _bytes(result: Raw) -> float:
    return result["bytes"] / result["seconds"] / (1 << 20)


def metrics(at_once: Iterable[int], echo_connections: Iterable[int],
            held: Iterable[int]) -> list[Metric]:
    """Returns all metrics in the order of the table."""
    found = [Metric(f"rate_{count}", f"connections, {count} at once", "1/s", "greet",
                    f"dialogue_{count}", rate, True) for count in at_once]
    for name, title in (("first_byte", "first byte"), ("round_trip", "round trip"),
                        ("dialogue", "whole dialogue")):
        found += [Metric(f"{name}_{percentile}", f"{title}, {percentile}", "µs", "greet",
                         "dialogue_1", _time(name, percentile)) for percentile in ("p50", "p99")]
    found.append(Metric("memory", "memory of a held connection", "KiB", "greet", "memory", _memory))
    found += [Metric(f"echo_{count}", f"echo, {count} connection{'s' * (count > 1)}", "MiB/s",
                     "echo", f"echo_{count}", _bytes, True) for count in echo_connections]
    found += [Metric(f"held_{count}", f"connections, {count:,} held", "1/s", "held",
                     f"held_{count}", rate, True) for count in held]
    return found


@dataclass(frozen=True)
class Run:
    """The results of a visit to a server by name, or why there are none."""

    part: str
    round: int
    server: str
    results: Raw
    failure: str = ""


Rounds = dict[int, float]      # round -> value
Figures = dict[str, Rounds]    # server's name -> values


def of_metric(metric: Metric, runs: Iterable[Run]) -> Figures:
    figures: Figures = {}
    for run in runs:
        if run.part == metric.part and metric.result in run.results:
            value = metric.value(run.results[metric.result])
            if value is not None:
                figures.setdefault(run.server, {})[run.round] = value
    return figures


def _ratios(figure: Rounds, base: Rounds) -> list[float]:
    """Returns the ratio within each round, so that changes between rounds cancel out."""
    return [figure[round_] / base[round_] for round_ in figure if base.get(round_)]


def ratio(figure: Rounds, base: Rounds) -> float | None:
    """Returns the median of the ratios within each round."""
    ratios = _ratios(figure, base)
    return median(ratios) if ratios else None


def best(figures: Figures, names: Sequence[str], more_is_better: bool) -> str:
    """Returns the server with the best median, or "" if none has figures."""
    medians = {name: median(figures[name].values()) for name in names if figures.get(name)}
    if not medians:
        return ""
    return (max if more_is_better else min)(medians, key=lambda name: medians[name])


@dataclass(frozen=True)
class Row:
    """A metric of all servers."""

    metric: Metric
    best_peer: str
    figures: Figures
    typical: dict[str, float]
    to_floor: dict[str, float]
    to_best_peer: dict[str, float]


def rows(of: Iterable[Metric], runs: Sequence[Run], floor: str, peers: Sequence[str]) -> list[Row]:
    """Returns a row for each metric that was measured."""
    found = []
    for metric in of:
        figures = of_metric(metric, runs)
        if not figures:
            continue
        peer = best(figures, peers, metric.more_is_better)

        def ratios(base: str, figures: Figures = figures) -> dict[str, float]:
            all_of_them = {name: ratio(rounds, figures.get(base, {}))
                           for name, rounds in figures.items()}
            return {name: value for name, value in all_of_them.items() if value is not None}

        found.append(Row(metric, peer, figures,
                         {name: median(rounds.values()) for name, rounds in figures.items()},
                         ratios(floor), ratios(peer)))
    return found


def as_json(found: Iterable[Row]) -> dict[str, Any]:
    return {row.metric.key: {
        "title": row.metric.title, "unit": row.metric.unit, "best_peer": row.best_peer,
        "servers": {name: {"median": typical, "to_floor": row.to_floor.get(name),
                           "to_best_peer": row.to_best_peer.get(name),
                           "rounds": list(row.figures[name].values())}
                    for name, typical in row.typical.items()}} for row in found}


@dataclass(frozen=True)
class Pair:
    """Two commands that are run in turn, and their times in each round in milliseconds."""

    command: str
    base: str
    times: Rounds
    base_times: Rounds

    def ratio_quartiles(self) -> list[float]:
        """Returns the minimum, the quartiles and the maximum of the ratios: five numbers.

        The commands must have a round in common.
        """
        ratios = sorted(_ratios(self.times, self.base_times))
        # quantiles() needs at least two values.
        middle = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        return [ratios[0], *middle, ratios[-1]]


def failures(run: Run) -> int:
    """Returns the number of connections that failed."""
    return sum(count for result in run.results.values()
               for count in result.get("failures", {}).values())
