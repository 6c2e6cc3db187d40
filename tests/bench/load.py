"""Runs bench-load, the load generator, and holds connections."""

import json
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import descriptor_limit
from processes import Failed, guarded

# Allowed beyond the length of a run; the generator itself gives up when nothing happens for 20 s.
PATIENCE_SECONDS = 40
# Held connections have source addresses of their own. They leave the 28,000 ports that the kernel
# has for each pair of addresses, ip(7), to new connections.
FIRST_SOURCE = 2  # 127.0.0.2
MAX_PER_SOURCE = 25_000
OTHER_DESCRIPTORS = 100
AT_ONCE = 16  # connections being opened, or awaiting a reply
IP_BIND_ADDRESS_NO_PORT = 24


def run(programs: Path, port: int, command: str, option: str, count: int, warm_up: float,
        seconds: float) -> dict[str, Any]:
    """Measures with `count` connections at once. Raises Failed."""
    done = guarded([programs / "bench-load", "--port", str(port), command, option, str(count),
                    "--warm-up", str(warm_up), "--seconds", str(seconds)], status=None,
                   seconds=warm_up + seconds + PATIENCE_SECONDS, title=f"bench-load {command}")
    if done.status != 0:
        raise Failed(done.stderr.strip() or f"bench-load ended with {done.status}")
    return json.loads(done.stdout)


class Holders:
    """Connections that are held after their welcome."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._limits[1], self._limits[1]))
        self._sockets: list[socket.socket] = []

    @property
    def count(self) -> int:
        return len(self._sockets)

    def hold(self, count: int) -> float:
        """Opens `count` more, AT_ONCE at a time, and returns the seconds it took. Raises Failed."""
        if self.count + count + OTHER_DESCRIPTORS > descriptor_limit():
            raise Failed(f"{self.count + count} connections need more file descriptors than the "
                         f"limit of {descriptor_limit()}: raise it with 'ulimit -n'")
        begin = time.monotonic()
        while count > 0:
            opened = [self._connect() for _ in range(min(count, AT_ONCE))]
            for one in opened:
                self._expect(one, b"welcome")
            count -= len(opened)
        return time.monotonic() - begin

    def check(self) -> dict[str, int]:
        """Sends a message on each; returns how many were answered, and how many were not."""
        answered = 0
        for first in range(0, self.count, AT_ONCE):
            asked = self._sockets[first:first + AT_ONCE]
            for one in asked:
                one.sendall(b"still there?")
            for one in asked:
                self._expect(one, b"hello, still there?!")
                answered += 1
        return {"answered": answered, "failed": self.count - answered}

    def release(self) -> None:
        """Closes all at once, without waiting for the server."""
        for one in self._sockets:
            one.close()
        self._sockets.clear()
        resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)  # servers inherit it

    def _connect(self) -> socket.socket:
        one = socket.socket()
        self._sockets.append(one)
        one.settimeout(PATIENCE_SECONDS)
        # Choose the port at connect, when both addresses are known, ip(7): each pair has 28,000.
        one.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        one.bind((f"127.0.0.{FIRST_SOURCE + self.count // MAX_PER_SOURCE}", 0))
        one.connect(("127.0.0.1", self._port))
        return one

    def _expect(self, one: socket.socket, answer: bytes) -> None:
        got = one.recv(64)  # far smaller than a segment, so it arrives whole
        if got != answer:
            raise Failed(f"one of {self.count} held connections: expected {answer!r}, got {got!r}")


@contextmanager
def holders(port: int) -> Iterator[Holders]:
    """Yields a set of held connections, and closes them all afterwards."""
    these = Holders(port)
    try:
        yield these
    except OSError as error:
        raise Failed(f"a held connection: {error}") from None
    finally:
        these.release()
