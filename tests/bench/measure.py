"""The measurements of a server. Each function starts it, measures, and returns raw results by name,
which figures.py evaluates. Raises Failed if that is not possible."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import load
from machine import available_kib
from processes import Failed, wait_until
from servers import Running, Server, running

AT_ONCE = (1, 16, 64)
ECHO_CONNECTIONS = (1, 8)
COMPARED_AT_ONCE = (1, 16)
# Memory that changes by less than this is stable: it is less than 1 % of what is measured.
SETTLED_KIB = 256
# Connections at once when the rate is measured while others are held.
RATE_AT_ONCE = 16


@dataclass(frozen=True)
class Plan:
    """Durations and numbers of a run."""

    programs: Path
    rounds: int = 8
    looks: int = 3  # measurements per round of the servers that are compared
    warm_up: float = 0.2  # seconds
    seconds: float = 0.6
    memory_connections: int = 1000
    held: tuple[int, ...] = (0, 10_000, 30_000)
    held_rounds: int = 3


QUICK = {"rounds": 2, "looks": 2, "warm_up": 0.1, "seconds": 0.4, "memory_connections": 300,
         "held": (0, 2_000, 5_000), "held_rounds": 1}


def dialogues(server: Running, plan: Plan, at_once: int) -> dict[str, Any]:
    return load.run(plan.programs, server.port, "dialogue", "--at-once", at_once, plan.warm_up,
                    plan.seconds)


def wait_for_end_of_sessions(server: Running, seconds: float = 60) -> None:
    """Waits until they have been reaped."""
    wait_until(lambda: not server.sessions(), f"the end of the sessions of {server.server.name}",
               seconds)


def settled_memory(deadline_seconds: float = 2) -> int:
    """Returns the available memory in KiB once it is stable, or at the deadline."""
    deadline = time.monotonic() + deadline_seconds
    before = available_kib()
    while time.monotonic() < deadline:
        time.sleep(0.1)
        now = available_kib()
        if abs(now - before) < SETTLED_KIB:
            return now
        before = now
    return before


def memory(server: Running, plan: Plan) -> dict[str, Any]:
    """Measures the memory of held connections: both ends, and the processes."""
    before = settled_memory()
    with load.holders(server.port) as held:
        held.hold(plan.memory_connections)
        after = settled_memory()
        sessions = len(server.sessions())
        held.release()
        wait_for_end_of_sessions(server)
    return {"connections": plan.memory_connections, "sessions": sessions, "before_kib": before,
            "after_kib": after}


def greet(server: Server, plan: Plan) -> dict[str, Any]:
    """Measures dialogues with each number at once, and memory."""
    results: dict[str, Any] = {}
    with running(server, "greet", plan.programs) as this:
        for at_once in AT_ONCE:
            results[f"dialogue_{at_once}"] = dialogues(this, plan, at_once)
        wait_for_end_of_sessions(this)
        results["memory"] = memory(this, plan)
    return results


def greet_again(server: Server, plan: Plan) -> dict[str, Any]:
    """Measures only what the goals compare."""
    with running(server, "greet", plan.programs) as this:
        return {f"dialogue_{at_once}": dialogues(this, plan, at_once)
                for at_once in COMPARED_AT_ONCE}


def echo(server: Server, plan: Plan) -> dict[str, Any]:
    """Measures bytes echoed over one and over several connections."""
    with running(server, "echo", plan.programs) as this:
        return {f"echo_{count}": load.run(plan.programs, this.port, "echo", "--connections", count,
                                          plan.warm_up, plan.seconds)
                for count in ECHO_CONNECTIONS}


def held(server: Server, plan: Plan) -> dict[str, Any]:
    """Measures the rate of new connections while others are held."""
    results: dict[str, Any] = {}
    with (running(server, "greet", plan.programs) as this,
          load.holders(this.port) as holders):
        for count in plan.held:
            if count > holders.count:
                holders.hold(count - holders.count)
            results[f"held_{count}"] = dialogues(this, plan, RATE_AT_ONCE)
        answers = holders.check()
        if answers != {"answered": holders.count, "failed": 0}:
            raise Failed(f"only {answers['answered']} of {holders.count} held connections answered")
        holders.release()
        wait_for_end_of_sessions(this)
    return results
