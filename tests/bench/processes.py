"""Starting programs so that nothing of them stays behind, and waiting with a deadline."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    """A server or a measurement did not do what it should; the message says what."""


def adopt_orphans() -> None:
    """What loses its parent becomes this process's child, prctl(2): `kill_group` finds it."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Starts it in a session of its own: Ctrl-C is for us alone, who then end the whole group.

    Should we be killed, the kernel kills it.
    """
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], text=True,
                            start_new_session=True, **options)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Ends it and all that it has started, and waits for their end."""
    family = descendants(process.pid)
    for kill, pid in [(os.killpg, process.pid), *((os.kill, pid) for pid in family)]:
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()
    # Its children are ours now.
    wait_until(lambda: _reaped(process.pid, family), 60, "the end of what a server had started")


def _reaped(group: int, pids: list[int]) -> bool:
    """Whether the group and these are gone."""
    for pid in (-group, *pids):
        try:
            while os.waitpid(pid, os.WNOHANG)[0] != 0:
                pass
            return False
        except ChildProcessError:
            if pid > 0 and Path(f"/proc/{pid}").exists():
                return False
    return True


def children(pid: int) -> list[int]:
    """Those of a single-threaded process, proc_pid_task(5); zombies are among them."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int) -> list[int]:
    found = children(pid)
    for child in found:  # grows meanwhile
        found += children(child)
    return found


def zombies(pids: list[int]) -> int:
    count = 0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        count += stat.rpartition(") ")[2].startswith("Z")
    return count


def wait_until(done: Callable[[], bool], seconds: float, what: str) -> float:
    """Waits, looking every 20 ms, and gives the seconds that it took. Raises Failed."""
    begin = time.monotonic()
    while not done():
        if time.monotonic() - begin > seconds:
            raise Failed(f"after {seconds:g} s still waiting for {what}")
        time.sleep(0.02)
    return time.monotonic() - begin
