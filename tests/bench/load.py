"""Running bench-load, the generator."""

import json
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import descriptor_limit
from processes import Failed, guarded, kill_group, start

# Beyond what a run is asked to last; the generator itself gives up when nothing happens for 20 s.
PATIENCE_SECONDS = 40
# Held connections come from addresses of their own, so the 28,000 ports that the kernel has for
# each pair of addresses, ip(7), are left to new ones.
FIRST_SOURCE = 2  # 127.0.0.2
MOST_FROM_A_SOURCE = 25_000
OTHER_DESCRIPTORS = 100


def run(programs: Path, port: int, command: str, option: str, count: int, warm_up: float,
        seconds: float) -> dict[str, Any]:
    """One measurement with `count` connections at once. Raises Failed."""
    done = guarded([programs / "bench-load", "--port", str(port), command, option, str(count),
                    "--warm-up", str(warm_up), "--seconds", str(seconds)], status=None,
                   seconds=warm_up + seconds + PATIENCE_SECONDS, title=f"bench-load {command}")
    if done.status != 0:
        raise Failed(done.stderr.strip() or f"bench-load ended with {done.status}")
    return json.loads(done.stdout)


def shares(count: int, descriptors: int) -> list[int]:
    """How many connections each of the fewest processes holds, none more than it may or can."""
    most = min(descriptors - OTHER_DESCRIPTORS, MOST_FROM_A_SOURCE)
    processes = -(-count // most)
    return [count // processes + (i < count % processes) for i in range(processes)]


class Holders:
    """Connections that are held, by processes with a source address each."""

    def __init__(self, programs: Path, port: int) -> None:
        self._programs = programs
        self._port = port
        self._processes: list[subprocess.Popen[str]] = []
        self.count = 0
        self._counts: list[int] = []

    def hold(self, count: int) -> float:
        """Opens so many more and gives the seconds that it took. Raises Failed."""
        took = 0.0
        for share in shares(count, descriptor_limit()):
            source = f"127.0.0.{FIRST_SOURCE + len(self._processes)}"
            process = start([str(self._programs / "bench-load"), "--port", str(self._port),
                             "--source", source, "hold", "--count", str(share)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self._processes.append(process)
            self._counts.append(share)
            took += self._answer(process, f"the opening of {share} connections", 300)["seconds"]
            self.count += share
        return took

    def check(self) -> dict[str, int]:
        """Has a message answered on each: how many were, and how many were not."""
        total = {"answered": 0, "failed": 0}
        for process, count in zip(self._processes, self._counts, strict=True):
            assert process.stdin
            process.stdin.write("check\n")
            process.stdin.flush()
            answer = self._answer(process, f"an answer on each of {count} connections", 120)
            for key in total:
                total[key] += answer[key]
        return total

    def release(self) -> None:
        """All at once; does not wait for anything."""
        for process in self._processes:
            assert process.stdin
            process.stdin.close()

    def close(self) -> None:
        for process in self._processes:
            kill_group(process)

    @staticmethod
    def _answer(process: subprocess.Popen[str], what: str, seconds: float) -> dict[str, Any]:
        assert process.stdout and process.stderr
        if not select.select([process.stdout], [], [], seconds)[0]:
            raise Failed(f"after {seconds:g} s still waiting for {what}")
        if line := process.stdout.readline():
            return json.loads(line)
        raise Failed(f"{what}: {process.stderr.read().strip()}")


@contextmanager
def holders(programs: Path, port: int) -> Iterator[Holders]:
    """None of them is left afterwards."""
    these = Holders(programs, port)
    try:
        yield these
    finally:
        these.close()
