"""Network namespaces that only this process's descriptors and children keep alive.

So nothing of them is left when the process ends, however it ends, and two runs cannot disturb each other.
"""

import contextlib
import ctypes
import os
import re
from collections.abc import Iterator
from pathlib import Path

from processes import Result, guarded

CLONE_NEWNET = 0x40000000
# The file of the calling thread: setns(2) moves a thread, and /proc/self is that of the first one.
OWN = "/proc/thread-self/ns/net"
STOCK_VALUES = Path(__file__).resolve().parents[1] / "stock_values.sh"
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


class Namespace:
    """A network namespace with its loopback interface up and a stock Debian's settings."""

    def __init__(self, name: str) -> None:
        self.name = name
        before = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked(_libc.unshare(CLONE_NEWNET), "unshare")
            self._fd = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
            _checked(_libc.setns(before, CLONE_NEWNET), "setns")
        finally:
            os.close(before)
        self.ip("link set lo up")
        for name, value in re.findall(r'^  "(net\.[\w.]+)=(.*)"$', STOCK_VALUES.read_text(), re.MULTILINE):
            # Those that namespaces share may be set in the first one only, which tests/run.sh does.
            with contextlib.suppress(OSError):
                self.sysctl(name, value)

    def close(self) -> None:
        os.close(self._fd)

    @property
    def path(self) -> str:
        """Returns a path that ip(8) and nsenter(1) accept as a name of this namespace."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Moves the calling thread into this namespace: sockets that it makes meanwhile belong there."""
        before = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked(_libc.setns(self._fd, CLONE_NEWNET), "setns")
            yield
        finally:
            _checked(_libc.setns(before, CLONE_NEWNET), "setns")
            os.close(before)

    def command(self, *words: str | Path) -> list[str]:
        """Returns the command that runs `words` here."""
        return ["nsenter", f"--net={self.path}", *map(str, words)]

    def run(self, *words: str | Path, status: int | None = 0, text_in: str | None = None,
            seconds: float = 60) -> Result:
        title = f"{self.name}: {' '.join(map(str, words))}"
        return guarded(self.command(*words), status=status, text_in=text_in, seconds=seconds, title=title)

    def ip(self, *commands: str) -> None:
        """Runs commands of ip(8)."""
        self.run("ip", "-batch", "-", text_in="\n".join(commands) + "\n")

    def sysctl(self, name: str, value: str | int) -> None:
        with self.entered():
            Path("/proc/sys", name.replace(".", "/")).write_text(f"{value}\n", encoding="ascii")

    def nft(self, commands: str) -> Result:
        """Runs nft(8), whose commands take effect all at once or not at all."""
        return self.run("nft", "-f", "-", text_in=commands + "\n")

    def retransmitted(self) -> int:
        """Returns how many segments this end has sent again, over all of its connections: nstat's TcpRetransSegs."""
        with self.entered():
            text = Path("/proc/thread-self/net/snmp").read_text(encoding="ascii")
        names, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
        return int(dict(zip(names, values, strict=True))["RetransSegs"])
