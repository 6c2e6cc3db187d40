#!/usr/bin/python3
"""Measures how long the client takes to start and exit, compared with a similar program.

usage: client_start.py PROGRAMS [ROUNDS]

`yodel talk x` and `nc -N` hold the same dialogue with the same yodeld, in turn; `yodel --version`
and `yodeld --version` hold none. tests/bench/client.sh runs this; tests/bench/README.md explains
the results. The exit status is 1 if a command failed or printed the wrong reply, however fast it
was.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # processes.py
import goals
import table
from bench import positive
from figures import Pair
from measure import wait_for_end_of_sessions
from processes import Failed
from servers import YODELD, Running, running

ROUNDS = 500
# Debian's nc may be ncat or netcat-traditional; this name belongs to netcat-openbsd only.
NC = "nc.openbsd"


@dataclass(frozen=True)
class Command:
    name: str
    words: list[str]
    prints: bytes  # must occur in its output
    reads: bytes = b""


def milliseconds(command: Command, given: BinaryIO, printed: BinaryIO) -> float:
    """Runs a command with files for input and output, and returns its wall time. Raises Failed.

    fork(2) would copy this process, which adds 3 ms to every time; posix_spawn(3) does not.
    """
    for file, content in ((given, command.reads), (printed, b"")):
        file.seek(0)
        file.truncate()
        file.write(content)
        file.seek(0)
    begin = time.perf_counter()
    pid = os.posix_spawnp(command.words[0], command.words, os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, given.fileno(), 0), (os.POSIX_SPAWN_DUP2, printed.fileno(), 1)])
    try:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    took = time.perf_counter() - begin
    printed.seek(0)
    output = printed.read()
    if status != 0 or command.prints not in output:
        raise Failed(f"{command.name}: status {status}, printed {output!r}")
    return took * 1e3


def measured(command: Command, base: Command, server: Running, rounds: int) -> Pair:
    """Runs the two in turn, after a first round, not counted, that reads them from disk."""
    pair = Pair(command.name, base.name, {}, {})
    with (tempfile.TemporaryFile(buffering=0) as given,
          tempfile.TemporaryFile(buffering=0) as printed):
        for round_ in range(1 + rounds):
            for each, times in ((command, pair.times), (base, pair.base_times)):
                took = milliseconds(each, given, printed)
                wait_for_end_of_sessions(server)
                if round_ > 0:
                    times[round_] = took
    return pair


def pairs(programs: Path, rounds: int) -> list[Pair]:
    """Measures the pairs of commands. The first has a goal."""
    yodel, yodeld = str(programs / "yodel"), str(programs / "yodeld")
    with running(YODELD, "greet", programs) as server:
        port = str(server.port)
        reply = b"hello, x!"
        talk = Command("yodel talk x", [yodel, "talk", "-s", f"127.0.0.1:{port}", "x"], reply)
        nc = Command("nc -N", [NC, "-N", "127.0.0.1", port], reply, b"x\nexit\n")
        return [measured(talk, nc, server, rounds),
                measured(Command("yodel --version", [yodel, "--version"], b"yodel"),
                         Command("yodeld --version", [yodeld, "--version"], b"yodeld"),
                         server, rounds)]


def main() -> int:
    try:
        programs = Path(sys.argv[1]).resolve()
        rounds = positive(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    except (IndexError, ValueError):
        print(__doc__, file=sys.stderr)
        return 2
    if not shutil.which(NC):
        print(f"client_start.py: missing: {NC} (package netcat-openbsd)", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = pairs(programs, rounds)
    except Failed as failure:
        print(f"client_start.py: FAILED: {failure}", file=sys.stderr)
        return 1
    print(f"start to exit of the whole process, {rounds} rounds:\n\n{table.of_starts(found)}")
    print(f"Goal: {goals.of_start(found[0])}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
