"""Starts programs so that nothing of them is left behind, waits with a deadline, reads /proc.

Scripts in the folders beside this file put its folder in sys.path.
"""

import ctypes
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.02


class Failed(AssertionError):
    """A program did not do what it should, or not in time. unittest counts it as a failed test."""


@dataclass(frozen=True)
class Result:
    """The output of a program and its exit status, which is negative for a signal."""

    command: str
    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        parts = [f"$ {self.command}", f"status {self.status}"]
        parts += [f"{name}:\n{text.rstrip()}" for name, text in
                  (("stdout", self.stdout), ("stderr", self.stderr)) if text.strip()]
        return "\n".join(parts)


def start(command: Sequence[str | Path], **options: Any) -> subprocess.Popen[str]:
    """Starts a program in a session of its own, so that Ctrl-C reaches only us, who then kill its group.

    If we are killed, the kernel kills it. Orphans become our children (prctl(2)), so that
    kill_group() can wait for their end.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], text=True,
                            encoding="utf-8", errors="backslashreplace", start_new_session=True,
                            **options)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kills the process and everything that it started, in whatever group, and waits for their end."""
    family = descendants(process.pid)
    for kill, pid in [(os.killpg, process.pid), *((os.kill, pid) for pid in family)]:
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()
    wait_until(lambda: _reaped(process.pid, family), "the end of the processes that a program has started", 60)


def _reaped(group: int, pids: list[int]) -> bool:
    """Returns whether the group and these processes have ended."""
    for pid in (-group, *pids):
        try:
            while os.waitpid(pid, os.WNOHANG)[0] != 0:
                pass
            return False
        except ChildProcessError:
            if pid > 0 and Path(f"/proc/{pid}").exists():
                return False
    return True


def guarded(command: Sequence[str | Path], *, status: int | None = 0, seconds: float = 60,
            text_in: str | None = None, title: str = "", **options: Any) -> Result:
    """Runs a program to its end. Raises Failed for another status, unless `status` is None.

    Also raises Failed after `seconds`. On that and on any other exception, kills its group.
    """
    title = title or shlex.join(map(str, command))
    streams = {"stdin": subprocess.DEVNULL if text_in is None else subprocess.PIPE,
               "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start(command, **(streams | options))
    try:
        out, err = process.communicate(text_in, timeout=seconds)
    except BaseException as error:
        kill_group(process)
        if isinstance(error, subprocess.TimeoutExpired):
            raise Failed(f"still running after {seconds:g} s: {title}") from None
        raise
    result = Result(title, process.returncode, out or "", err or "")
    if status not in (None, result.status):
        raise Failed(str(result))
    return result


def wait_until(condition: Callable[[], T], what: str, seconds: float = 10,
               process: subprocess.Popen[str] | None = None) -> T:
    """Returns what `condition` returns once that is true; an AssertionError in it counts as false.

    Raises Failed after `seconds`, or when `process`, on which the condition depends, has ended.
    """
    deadline = time.monotonic() + seconds
    while True:
        if process and process.poll() is not None:
            raise Failed(f"the program exited with {process.returncode} while waiting for {what}")
        why = ""
        try:
            if value := condition():
                return value
        except AssertionError as error:
            why = f": {error}"
        if time.monotonic() > deadline:
            raise Failed(f"timed out after {seconds:g} s waiting for {what}{why}")
        time.sleep(POLL_SECONDS)


def text_of(path: Path | str) -> str:
    """Returns the text of a log or of a file in /proc, or "" if there is none."""
    with suppress(OSError):
        return Path(path).read_text(encoding="utf-8", errors="backslashreplace")
    return ""


def tail(file: Path, lines: int = 15) -> str:
    return "\n".join(text_of(file).rstrip().splitlines()[-lines:])


def children(pid: int) -> list[int]:
    """Returns the pids of a single-threaded process's children, including zombies (proc_pid_task(5))."""
    return [int(word) for word in text_of(f"/proc/{pid}/task/{pid}/children").split()]


def descendants(pid: int) -> list[int]:
    found = children(pid)
    for child in found:  # the list grows during the loop
        found += children(child)
    return found


def stat(pid: int | str) -> list[str]:
    """Returns the fields of proc_pid_stat(5) from the state on, or none if the process has ended."""
    return text_of(f"/proc/{pid}/stat").rpartition(") ")[2].split()


def zombies(pids: list[int]) -> int:
    return sum(stat(pid)[:1] == ["Z"] for pid in pids)


def name_of(pid: int) -> str:
    return text_of(f"/proc/{pid}/comm").strip()


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+)", text_of(f"/proc/{pid}/status"), re.MULTILINE)
    return int(found[1]) if found else 0
