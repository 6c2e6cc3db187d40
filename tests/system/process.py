"""Running a program so that neither a deadline nor the death of this process leaves it behind."""

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True)
class Result:
    """What a program said, and how it ended: negative for a signal."""

    command: str
    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        parts = [f"$ {self.command}", f"status {self.status}"]
        parts += [f"{name}:\n{text.rstrip()}" for name, text in
                  (("stdout", self.stdout), ("stderr", self.stderr)) if text.strip()]
        return "\n".join(parts)


class CommandFailed(AssertionError):
    """A program ended with another status than 0, or not in time. For a test that is a failure."""


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Starts it in a session of its own: Ctrl-C is for us alone, who then end the whole group.

    Should we be killed, the kernel kills it.
    """
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], text=True,
                            encoding="utf-8", errors="backslashreplace", start_new_session=True,
                            **options)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Ends it and what it has started: nsenter's child is not reached by a signal to nsenter."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def guarded(command: Sequence[str], *, seconds: float, text_in: str | None = None, title: str = "",
            stdin: int | None = None, stdout: int | IO[str] = subprocess.PIPE,
            stderr: int | IO[str] = subprocess.PIPE, **options: Any) -> Result:
    """Runs it to its end. After the deadline, or whatever else happens, its group is killed."""
    if stdin is None:
        stdin = subprocess.DEVNULL if text_in is None else subprocess.PIPE
    process = start(command, stdin=stdin, stdout=stdout, stderr=stderr, **options)
    try:
        out, err = process.communicate(text_in, timeout=seconds)
    except BaseException:
        kill_group(process)
        raise
    return Result(title or shlex.join(command), process.returncode, out or "", err or "")


def tail(file: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    try:
        text = file.read_text(errors="backslashreplace")
    except OSError:
        return ""
    return "\n".join(text.rstrip().splitlines()[-lines:])
