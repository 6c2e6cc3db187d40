"""Holds very many connections at once, each with a process of its own."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import load
from figures import rate
from machine import available_kib
from measure import Plan, RATE_AT_ONCE, dialogues, settled_memory, wait_for_end_of_sessions
from processes import Failed, wait_until, zombies
from servers import Running, Server, running

CONNECTIONS = 100_000
STEPS = 10
# Memory of a session and both ends of its connection, with a margin: the machine must not run out.
NEEDED_KIB = 150
BACKLOG = 4096
END_SECONDS = 120


def plan(programs: Path) -> Plan:
    return Plan(programs, rounds=5, warm_up=0.2, seconds=0.7)


def why_not() -> str:
    """Returns why this machine has too little memory, or ""."""
    needed, there = CONNECTIONS * NEEDED_KIB, available_kib()
    if there >= needed:
        return ""
    return (f"{CONNECTIONS:,} connections need up to {needed / (1 << 20):.1f} GiB of memory, but "
            f"{there / (1 << 20):.1f} GiB are available")


def run(server: Server, how: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Opens them in steps, tries each, closes all at once. Raises Failed if one is lost."""
    with (running(server, "greet", how.programs, BACKLOG) as this,
          load.holders(this.port) as holders):
        begin = settled_memory()
        first = _rate(this, how)
        steps: list[dict[str, Any]] = [{"held": 0, "rate": first, "kib_each": None}]
        say(f"none held: {first:,.0f} connections/s")
        for _ in range(STEPS):
            took = holders.hold(CONNECTIONS // STEPS)
            memory = (begin - settled_memory()) / holders.count
            new = _rate(this, how)
            steps.append({"held": holders.count, "rate": new, "kib_each": memory,
                          "opening_seconds": took})
            say(f"{holders.count:,} held: {new:,.0f} connections/s, {memory:.1f} KiB each")
        return {"steps": steps, **_end(this, holders, how, say)}


def _rate(server: Running, how: Plan) -> float:
    """Returns the median rate of new connections. Raises Failed if one fails."""
    rates = []
    for _ in range(how.rounds):
        result = dialogues(server, how, RATE_AT_ONCE)
        if result["failures"]:
            raise Failed(f"new connections failed: {result['failures']}")
        rates.append(rate(result))
    return statistics.median(rates)


def _end(server: Running, holders: load.Holders, how: Plan,
         say: Callable[[str], None]) -> dict[str, Any]:
    wait_until(lambda: len(server.sessions()) <= holders.count,
               "the end of the other sessions", END_SECONDS)
    sessions = len(server.sessions())
    answers = holders.check()
    say(f"{answers['answered']:,} of {holders.count:,} answer, from {sessions:,} processes")
    if answers != {"answered": holders.count, "failed": 0} or sessions != holders.count:
        raise Failed(f"only {answers['answered']} of {holders.count} held connections answered, "
                     f"from {sessions} processes")
    begin = time.monotonic()
    holders.release()
    try:
        wait_for_end_of_sessions(server, END_SECONDS)
    except Failed:
        left = server.sessions()
        raise Failed(f"{END_SECONDS} s after all were closed, {len(left)} processes are left, "
                     f"{zombies(left)} of them zombies") from None
    ended = time.monotonic() - begin
    after = _rate(server, how)
    say(f"all closed: no process and no zombie is left after {ended:.1f} s; "
        f"{after:,.0f} connections/s at once")
    return {**answers, "sessions": sessions, "end_seconds": ended, "rate_after": after}
