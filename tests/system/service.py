"""Helpers and constants for the service under test."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from machine import Machine

PORT = 9999
SERVICE = "yodeld.service"
SOCKET = "yodeld.socket"
FILE = "/etc/yodel/yodeld.toml"
ECHO_PORT = 9998
PROBE_PORT = 9997
# The default listeners. An empty file would be an error at a reload.
BUILT_IN = ('[[listen]]\n[[listen]]\nprotocol = "echo"\n'
            '[[listen]]\nprotocol = "probe"\nidle_timeout = "2h"\npeer_timeout = "0s"\n')
DIALOGUE = ["welcome", "hello, alice!", "hello, bob!", "hello, jack!"]
LOAD = Path(__file__).with_name("load.py")


def configure(machine: Machine, text: str) -> None:
    """Replaces yodeld.toml. Keys that it does not have are at their defaults."""
    machine.write(FILE, text)


def talk(machine: Machine, *names: str, server: str = f"127.0.0.1:{PORT}") -> list[str]:
    """Returns the lines that the installed client prints; it must succeed."""
    patience = ("--timeout", "30s", "--connect-timeout", "30s")
    return machine.run("yodel", "talk", "-s", server, *patience, *names).stdout.splitlines()


class Session:
    """A connection that is held open."""

    def __init__(self, machine: Machine, port: int = PORT) -> None:
        self._socket = machine.connect(port, timeout=30)
        self.port = self._socket.getsockname()[1]
        self.welcome = self._socket.recv(1024).decode()

    def ask(self, name: str) -> None:
        self._socket.sendall(f"{name}\n".encode())

    def answer(self) -> str:
        return self._socket.recv(1024).decode().strip()

    def say(self, name: str) -> str:
        self.ask(name)
        return self.answer()

    def end(self) -> bytes:
        """Says exit, and returns what the server sends until it closes."""
        self._socket.sendall(b"exit\n")
        return self.rest()

    def rest(self) -> bytes:
        """Returns what the server sends until it closes."""
        rest = b""
        while data := self._socket.recv(1024):
            rest += data
        self._socket.close()
        return rest

    def abandon(self) -> None:
        self._socket.close()


class Load:
    """Conversations in the background, by load.py, until end() returns their counts."""

    def __init__(self, machine: Machine, *options: str, port: int = PORT) -> None:
        self._process: subprocess.Popen[str] = machine.start_host(
            sys.executable, str(LOAD), str(port), *options)

    def end(self, timeout: float = 180) -> dict[str, Any]:
        out, errors = self._process.communicate("", timeout)
        if self._process.returncode != 0:
            raise AssertionError(f"the load ended with {self._process.returncode}: {errors}")
        return json.loads(out)


def welcome_after_reload(machine: Machine, welcome: str) -> str:
    """Configures this welcome, reloads, and returns the one that the next connection gets."""
    configure(machine, f'[greet]\nwelcome = "{welcome}"\n')
    machine.systemctl("reload", SERVICE)
    session = Session(machine)
    session.end()
    return session.welcome


def exposure(machine: Machine, unit: str = SERVICE) -> float:
    """Returns the exposure that systemd-analyze security reports: 0 is best, 10 worst."""
    said = machine.run("systemd-analyze", "security", "--no-pager", unit, check=False).stdout
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    if not found:
        raise AssertionError(f"no exposure in: {said}")
    return float(found[1])


def drop_in(machine: Machine, name: str, text: str, unit: str = SERVICE) -> None:
    """Adds a drop-in to a unit until the machine ends; an empty text removes it."""
    path = f"/run/systemd/system/{unit}.d/{name}.conf"
    if text:
        machine.write(path, text)
    else:
        machine.run("rm", "-f", path)
    machine.systemctl("daemon-reload")
