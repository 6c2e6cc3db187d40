"""A yodeld whose listening sockets outlive it, as they do under systemd, sd_listen_fds(3)."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 20.0
FIRST_PASSED = 3  # SD_LISTEN_FDS_START
CONFIG = """\
[[listen]]
name = "greet"
address = "127.0.0.1"
port = {greet}
backlog = 1024
[[listen]]
name = "echo"
address = "127.0.0.1"
port = {echo}
backlog = 1024
protocol = "echo"
[limits]
sessions = {sessions}
idle_timeout = "2s"
session_timeout = "20s"
[shutdown]
grace = "1s"
"""


class Broken(Exception):
    """Something that must hold does not."""


def wait_until(what: str, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Broken(f"waited in vain: {what}")
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in
                Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    return int(found.group(1)) if found else 0


def _high(listener: socket.socket) -> socket.socket:
    """The same, with a number above those that are passed."""
    with listener:
        number = fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD_CLOEXEC, 50)
        return socket.socket(fileno=number)


class Daemon:
    """Started, and started again on the same sockets."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = tempfile.TemporaryDirectory(prefix="yodel-soak-")
        self.log = Path(self._folder.name) / "log"
        self._config = Path(self._folder.name) / "yodeld.toml"
        self._sockets = [_high(socket.create_server(("127.0.0.1", 0), backlog=1024))
                         for _ in range(2)]
        self.greet, self.echo = (each.getsockname()[1] for each in self._sockets)
        self._sessions = 1000
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _write_config(self) -> None:
        text = CONFIG.format(greet=self.greet, echo=self.echo, sessions=self._sessions)
        new = self._config.with_suffix(".new")
        new.write_text(text, encoding="ascii")
        new.rename(self._config)

    def start(self) -> None:
        self._write_config()
        already = self._count("is ready")
        numbers = [each.fileno() for each in self._sockets]
        moves = " ".join(f"{there}<&{here} {here}<&-"
                         for there, here in enumerate(numbers, FIRST_PASSED))
        environment = {**os.environ, "LISTEN_FDS": str(len(numbers)),
                       "LISTEN_FDNAMES": "greet:echo"}
        with open(self.log, "ab") as log:
            # A shell knows its own number, which LISTEN_PID= has to be.
            self._process = subprocess.Popen(
                ["bash", "-c", f'exec {moves}; LISTEN_PID=$$ exec "$0" "$@"',
                 str(self._programs / "yodeld"), "--config", str(self._config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                pass_fds=numbers)
        wait_until("the daemon to be ready", lambda: self._count("is ready") > already)

    def _count(self, text: str) -> int:
        return self.text().count(text) if self.log.exists() else 0

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="backslashreplace")

    def acceptors(self) -> list[int]:
        return [child for child in children(self.pid) if name_of(child) == "yodel-acceptor"]

    def sessions(self) -> list[int]:
        return [session for acceptor in self.acceptors() for session in children(acceptor)]

    def reload(self) -> None:
        """Changes a limit, and waits until the change is in force."""
        done = self._count(" reloaded")
        self._sessions = 3000 - self._sessions
        self._write_config()
        os.kill(self.pid, signal.SIGHUP)
        wait_until("a reload", lambda: self._count(" reloaded") > done)

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(PATIENCE)
        if status != 0:
            raise Broken(f"the daemon has ended with {status}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.kill()
        for each in self._sockets:
            each.close()
        self._folder.cleanup()
