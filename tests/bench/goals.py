"""The performance goals of the project, compared with what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from figures import Pair, Row, ratio
from table import number


@dataclass(frozen=True)
class Goal:
    what: str
    measured: float | None  # None if this run did not measure it
    limit: float
    at_least: bool  # otherwise at most

    @property
    def reached(self) -> bool:
        if self.measured is None:
            return False
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def __str__(self) -> str:
        wanted = f"{self.what}: {'at least' if self.at_least else 'at most'} {self.limit:g}"
        if self.measured is None:
            return f"{wanted}: not measured"
        return f"{wanted}: {number(self.measured)}, {'reached' if self.reached else 'NOT reached'}"


def of_run(rows: Sequence[Row], yodeld: str, with_records: str) -> list[Goal]:
    """Returns the goals of the comparison."""
    by_key = {row.metric.key: row for row in rows}

    def to_floor(key: str, name: str = yodeld) -> float | None:
        return by_key[key].to_floor.get(name) if key in by_key else None

    def to_peer(key: str) -> float | None:
        return by_key[key].to_best_peer.get(yodeld) if key in by_key else None

    goals = [
        Goal("connections, 16 at once, to the floor", to_floor("rate_16"), 0.95, True),
        Goal("connections, 16 at once, to the best peer", to_peer("rate_16"), 2.0, True),
        Goal("first byte, p50, to the floor", to_floor("first_byte_p50"), 0.5, False),
        Goal("whole dialogue, p50, to the floor", to_floor("dialogue_p50"), 1.0, False),
        Goal("connections, 16 at once, records to a file, to the floor",
             to_floor("rate_16", with_records), 0.85, True),
    ]
    for key, name in (("echo_1", "1 connection"), ("echo_8", "8 connections")):
        goals += [Goal(f"echo, {name}, to the floor", to_floor(key), 0.95, True),
                  Goal(f"echo, {name}, to the best peer", to_peer(key), 1.2, True)]
    held = [row.figures.get(yodeld, {}) for row in rows if row.metric.part == "held"]
    goals.append(Goal("connections while the most are held, to none held",
                      ratio(held[-1], held[0]) if held else None, 0.75, True))
    return goals


def of_start(talk: Pair) -> Goal:
    """Returns the goal of the client's start and exit."""
    return Goal(f"start to exit, {talk.command} to {talk.base}",
                ratio(talk.times, talk.base_times), 1.5, False)


def of_scale(result: dict[str, Any]) -> list[Goal]:
    """Returns the goals of many held connections."""
    steps = result["steps"]
    return [
        Goal("memory of a held connection, KiB", steps[-1]["kib_each"], 145, False),
        Goal("share of the held connections that answer",
             result["answered"] / steps[-1]["held"], 1, True),
    ]
