"""A yodeld whose listening sockets outlive it, as under systemd (sd_listen_fds(3))."""

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from processes import Failed, children, kill_group, name_of, start, text_of, wait_until

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


def _high(listener: socket.socket) -> socket.socket:
    """Returns the same socket with a descriptor above those that are passed."""
    with listener:
        number = fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD_CLOEXEC, 50)
        return socket.socket(fileno=number)


class Daemon:
    """A daemon that can be restarted on the same sockets."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = tempfile.TemporaryDirectory(prefix="yodel-soak-")
        self.log = Path(self._folder.name) / "log"
        self._config = Path(self._folder.name) / "yodeld.toml"
        self._sockets = [_high(socket.create_server(("127.0.0.1", 0), backlog=1024))
                         for _ in range(2)]
        self.greet, self.echo = (each.getsockname()[1] for each in self._sockets)
        self._sessions = 1000
        self._process: subprocess.Popen[str] | None = None
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
            # LISTEN_PID= must be the daemon's own pid, which a shell knows as $$ and keeps over exec.
            self._process = start(
                ["bash", "-c", f'exec {moves}; LISTEN_PID=$$ exec "$0" "$@"',
                 str(self._programs / "yodeld"), "--config", str(self._config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                pass_fds=numbers)
        wait_until(lambda: self._count("is ready") > already, "the daemon to be ready", PATIENCE,
                   self._process)

    def _count(self, text: str) -> int:
        return self.text().count(text)

    def text(self) -> str:
        return text_of(self.log)

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
        wait_until(lambda: self._count(" reloaded") > done, "a reload", PATIENCE, self._process)

    def stop(self) -> None:
        process = self._process
        assert process is not None
        process.terminate()
        wait_until(lambda: process.poll() is not None, "the daemon to stop", PATIENCE)
        if process.returncode != 0:
            raise Failed(f"the daemon exited with {process.returncode}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        if self._process is not None:
            kill_group(self._process)

    def close(self) -> None:
        self.kill()
        for each in self._sockets:
            each.close()
        self._folder.cleanup()
