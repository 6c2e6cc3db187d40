#!/usr/bin/python3
"""Compares yodeld with the bare floor and with servers that run a program for each connection.

Each round visits every server once; the servers that the goals compare get further rounds in
between. The order is reversed from round to round. tests/bench/README.md explains the measurements
and the results. The exit status is 0 if everything was measured, however fast it was, and 1 if a
connection to yodeld or to the floor failed.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # processes.py
import figures
import goals
import machine
import measure
import scale
import table
from processes import Failed
from servers import (FLOOR, PACKAGES, PEERS, SERVERS, YODELD, YODELD_TO_FILE, Protocol, Server,
                     missing_programs)

# The parts of a run, and the protocol of each.
PROTOCOLS: dict[str, Protocol] = {"greet": "greet", "echo": "echo", "held": "greet"}
PARTS = tuple(PROTOCOLS)
PEER_NAMES = [server.name for server in PEERS]
# The servers that are closest to each other, and so are measured more often.
COMPARED = (FLOOR, YODELD, YODELD_TO_FILE)
# The peer that holds connections, if this run has not measured which is the best.
HOLDING_PEER = "tcpserver"


@dataclass(frozen=True)
class Step:
    """A visit to a server."""

    part: str
    round: int
    server: Server
    seconds: float  # estimate
    again: bool = False  # only what the goals compare


class Progress:
    """Prints a line for each step, with the number of steps and the estimated time left."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self._done = 0
        self._begin = time.monotonic()

    def step(self, step: Step, what: str) -> None:
        self._done += 1
        expected = sum(step.seconds for step in self._steps)
        left = sum(step.seconds for step in self._steps[self._done:])
        elapsed = time.monotonic() - self._begin
        pace = elapsed / (expected - left)
        print(f"[{self._done:3}/{len(self._steps)}] round {step.round}, {step.part}: "
              f"{step.server.name}: {what}; about {left * pace / 60:.1f} min left", flush=True)


def steps_of(parts: list[str], plan: measure.Plan, holding: list[Server]) -> list[Step]:
    """Returns the steps in their order."""
    once = plan.warm_up + plan.seconds
    expected = {"greet": 3 * once + 1.2 + plan.memory_connections / 1000, "echo": 2 * once + 0.4,
                "held": 3 * once + 2 + max(plan.held) / 1500}
    rounds = {"greet": plan.rounds * plan.looks, "echo": plan.rounds, "held": plan.held_rounds}
    steps = []
    for part in parts:
        servers = [server for server in (holding if part == "held" else SERVERS)
                   if not server.why_no(PROTOCOLS[part])]
        for round_ in range(1, 1 + rounds[part]):
            in_order = servers if round_ % 2 else servers[::-1]
            if part == "greet" and (round_ - 1) % plan.looks:
                seconds = len(measure.COMPARED_AT_ONCE) * once + 0.4
                steps += [Step(part, round_, server, seconds, again=True)
                          for server in in_order if server in COMPARED]
            else:
                steps += [Step(part, round_, server, expected[part]) for server in in_order]
    return steps


def visit(step: Step, plan: measure.Plan) -> figures.Run:
    how: dict[str, Callable[[Server, measure.Plan], dict[str, Any]]] = {
        "greet": measure.greet_again if step.again else measure.greet,
        "echo": measure.echo, "held": measure.held}
    try:
        return figures.Run(step.part, step.round, step.server.name,
                           how[step.part](step.server, plan))
    except Failed as failure:
        return figures.Run(step.part, step.round, step.server.name, {}, str(failure))


def compare(parts: list[str], plan: measure.Plan) -> tuple[list[figures.Run], dict[str, str]]:
    """Makes all visits. Returns their results, and the reasons why some servers were left out."""
    metrics = figures.metrics(measure.AT_ONCE, measure.ECHO_CONNECTIONS, plan.held)
    by_name = {server.name: server for server in SERVERS}
    reasons = {f"{part}, {server.name}": why for part in parts if part != "held"
               for server in SERVERS if (why := server.why_no(PROTOCOLS[part]))}
    runs: list[figures.Run] = []
    with machine.room_for_processes(max(plan.held)) as no_room:
        if "held" in parts and no_room:
            reasons["held, all"] = no_room
            parts = [part for part in parts if part != "held"]
        steps = steps_of(parts, plan, [FLOOR, YODELD, by_name[HOLDING_PEER]])
        progress = Progress(steps)
        for step in steps:
            if step.part == "held" and step.server.is_peer:
                step = Step(step.part, step.round, by_name[holding_peer(metrics, runs)],
                            step.seconds)
            begin = time.monotonic()
            runs.append(visit(step, plan))
            lost = figures.failures(runs[-1])
            progress.step(step, runs[-1].failure or f"{time.monotonic() - begin:.1f} s"
                          + f", {lost} connections FAILED" * (lost > 0))
    return runs, reasons


def holding_peer(metrics: list[figures.Metric], runs: list[figures.Run]) -> str:
    """Returns the name of the peer with the most connections per second."""
    rate = next(metric for metric in metrics if metric.key == f"rate_{measure.RATE_AT_ONCE}")
    return figures.best(figures.of_metric(rate, runs), PEER_NAMES, True) or HOLDING_PEER


def compared(parts: list[str], plan: measure.Plan, results: Path, about: dict[str, Any]) -> int:
    runs, reasons = compare(parts, plan)
    metrics = figures.metrics(measure.AT_ONCE, measure.ECHO_CONNECTIONS, plan.held)
    rows = figures.rows(metrics, runs, FLOOR.name, PEER_NAMES)
    names = [server.name for server in SERVERS]
    reached = goals.of_run(rows, YODELD.name, YODELD_TO_FILE.name)
    text = "\n".join(filter(None, (table.report(rows, names), table.not_measured(reasons, runs))))
    write(results, "results", {
        "about": about, "plan": {**asdict(plan), "programs": None},
        "figures": figures.as_json(rows), "not_measured": reasons,
        "goals": [{**asdict(goal), "reached": goal.reached} for goal in reached],
        "runs": [asdict(run) for run in runs]})
    (results / "table.md").write_text(text)
    import plots  # only here: it takes a second, and needs matplotlib
    plots.of_run(results, rows, names)
    print(f"\n{text}")
    say_goals(reached)
    lost = [f"{run.server}, {run.part}, round {run.round}: "
            + (run.failure or f"{figures.failures(run)} connections failed")
            for run in runs if run.server not in PEER_NAMES
            and (run.failure or figures.failures(run))]
    for line in lost:
        print(f"FAILED: {line}")
    return 1 if lost else 0


def scaled(plan: measure.Plan, results: Path, about: dict[str, Any]) -> int:
    """Measures yodeld and, for comparison, the floor."""
    found: dict[str, dict[str, Any]] = {}
    failed = []
    with machine.room_for_processes(scale.CONNECTIONS) as no_room:
        if why := no_room or scale.why_not():
            print(f"FAILED: {why}")
            return 1
        for server in (FLOOR, YODELD):
            begin = time.monotonic()

            def say(what: str, name: str = server.name, begin: float = begin) -> None:
                print(f"{name}, {time.monotonic() - begin:5.1f} s: {what}", flush=True)

            try:
                found[server.name] = scale.run(server, plan, say)
            except Failed as failure:
                failed.append(f"{server.name}: {failure}")
    write(results, "scale", {"about": about, "results": found, "failed": failed})
    if found:
        import plots
        plots.of_scale(results, found)
        text = table.of_scale(found)
        (results / "scale.md").write_text(text)
        print(f"\n{text}")
    if YODELD.name in found:
        say_goals(goals.of_scale(found[YODELD.name]))
    for line in failed:
        print(f"FAILED: {line}")
    return 1 if failed else 0


def say_goals(reached: list[goals.Goal]) -> None:
    print("\nGoals:")
    for goal in reached:
        print(f"  {goal}")


def write(results: Path, name: str, content: dict[str, Any]) -> None:
    (results / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def parts_of(text: str) -> list[str]:
    wanted = text.split(",")
    if unknown := [part for part in wanted if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"'{unknown[0]}' is unknown; expected {', '.join(PARTS)}")
    return [part for part in PARTS if part in wanted]


def positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, required=True, metavar="DIR",
                        help="the folder of yodeld, yodel-acceptor and bench-*")
    parser.add_argument("--results", type=Path, required=True, metavar="DIR",
                        help="the folder for tables, plots and raw figures")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="a short trial run")
    how.add_argument("--scale", action="store_true",
                     help=f"{scale.CONNECTIONS:,} connections held at once, and nothing else")
    parser.add_argument("--rounds", type=positive, metavar="N", help="visits to each server")
    parser.add_argument("--only", type=parts_of, default=list(PARTS), metavar="PART,...",
                        help=f"of {', '.join(PARTS)}")
    return parser.parse_args()


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    options = arguments()
    if missing := missing_programs(SERVERS, options.programs):
        print(f"bench.py: missing: {', '.join(missing)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupt)
    options.results.mkdir(parents=True, exist_ok=True)
    about = {**machine.description(), "packages": machine.versions(PACKAGES)}
    if options.scale:
        return scaled(scale.plan(options.programs), options.results, about)
    plan = measure.Plan(options.programs, **(measure.QUICK if options.quick else {}))
    if options.rounds:
        plan = measure.Plan(**{**vars(plan), "rounds": options.rounds,
                               "held_rounds": options.rounds})
    return compared(options.only, plan, options.results, about)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nbench.py: interrupted; all servers have been stopped",
              file=sys.stderr)
        sys.exit(130)
