"""The servers that are measured, and how each is started and checked.

All listen on 127.0.0.1. As far as they have options for it, they use the same backlog and disable
Nagle's algorithm. Those that run a program for each connection run bench-handler.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from processes import (Failed, children, descendants, kill_group, start, tail, wait_until,
                       zombies)

BACKLOG = 1024
# The limit of connections, for servers that have one.
MAX_CONNECTIONS = 110_000
START_SECONDS = 10
FIRST_PORT = 20_000  # below the ephemeral ports, ip(7)

Protocol = Literal["greet", "echo"]


@dataclass(frozen=True)
class Place:
    """The settings for a server's command line."""

    programs: Path  # the folder of a build's programs
    folder: Path    # for its files, removed afterwards; no blanks in its name
    protocol: Protocol
    port: int
    backlog: int

    @property
    def handler(self) -> str:
        """Returns the program for each connection, without blanks: some servers split at them."""
        link = self.folder / "handler"
        if not link.exists():
            link.symlink_to(self.programs / "bench-handler")
        return str(link)

    def write(self, name: str, text: str) -> str:
        file = self.folder / name
        file.write_text(text)
        return str(file)


def always() -> str:
    return ""


@dataclass(frozen=True)
class Server:
    name: str
    command: Callable[[Place], list[str]]
    package: str = ""  # the Debian package of a peer; empty for our own servers
    left_out: Mapping[Protocol, str] = field(default_factory=dict)  # protocol -> why not measured
    why_not: Callable[[], str] = always  # returns why it cannot run here, or ""

    @property
    def is_peer(self) -> bool:
        return bool(self.package)

    def why_no(self, protocol: Protocol) -> str:
        """Returns why it is not measured, or ""."""
        return self.left_out.get(protocol) or self.why_not()


def floor(place: Place) -> list[str]:
    return [str(place.programs / "bench-floor"), place.protocol, str(place.port),
            str(place.backlog)]


def yodeld(place: Place, level: str = "warning", target: str = "stderr") -> list[str]:
    """All protections are on; the limits are above what the benchmark needs."""
    file = place.write("yodeld.toml", f"""\
[[listen]]
address = "127.0.0.1"
port = {place.port}
backlog = {place.backlog}
protocol = "{place.protocol}"
[limits]
sessions = {MAX_CONNECTIONS}
idle_timeout = "1h"
[log]
level = "{level}"
target = "{target}"
""")
    return [str(place.programs / "yodeld"), "--config", file]


def yodeld_to_file(place: Place) -> list[str]:
    """Session records go to standard error, a file."""
    return yodeld(place, "info")


JOURNALD = "/lib/systemd/systemd-journald"
# The journal is in memory and without a rate limit: by default it drops records beyond 10,000 in
# 30 s. It does not read the kernel's messages or the audit.
JOURNALD_CONF = """\
[Journal]
Storage=volatile
RateLimitIntervalSec=0
ReadKMsg=no
Audit=
"""
BESIDE_JOURNALD = """\
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/systemd/journald.conf.d &&
cp "$1" /run/systemd/journald.conf.d/bench.conf || exit
shift
setpriv --pdeathsig KILL "$0" &
for _ in $(seq 100); do [ -S /run/systemd/journal/socket ] && break; sleep 0.05; done
setpriv --pdeathsig KILL "$@"
"""


def yodeld_to_journal(place: Place) -> list[str]:
    """Runs with a systemd-journald of its own, so that nothing reaches this machine's journal."""
    conf = place.write("journald.conf", JOURNALD_CONF)
    return ["unshare", "--mount", "sh", "-c", BESIDE_JOURNALD, JOURNALD, conf,
            *yodeld(place, "info", "journal")]


def why_no_journal() -> str:
    return "" if os.geteuid() == 0 else "a systemd-journald of its own needs root"


def tcpserver(place: Place) -> list[str]:
    """Without look-ups of names (-H, -l0) and users (-R)."""
    return ["tcpserver", "-DHRl0", f"-c{MAX_CONNECTIONS}", f"-b{place.backlog}", "127.0.0.1",
            str(place.port), place.handler, place.protocol]


def tcpsvd(place: Place) -> list[str]:
    """Without variables in the environment (-E) and the look-up of its own name (-l)."""
    return ["tcpsvd", "-E", "-l", "localhost", f"-c{MAX_CONNECTIONS}", f"-b{place.backlog}",
            "127.0.0.1", str(place.port), place.handler, place.protocol]


def _socat_listen(place: Place) -> str:
    return (f"TCP4-LISTEN:{place.port},bind=127.0.0.1,reuseaddr,fork,nodelay,"
            f"backlog={place.backlog}")


def socat(place: Place) -> list[str]:
    """nofork: the child forked for a connection becomes the handler."""
    return ["socat", _socat_listen(place), f"EXEC:{place.handler} {place.protocol},nofork"]


def socat_pipe(place: Place) -> list[str]:
    return ["socat", _socat_listen(place), "PIPE"]


def ncat(place: Place) -> list[str]:
    """Has no option for the backlog, which is 10, or for Nagle's algorithm."""
    return ["ncat", "-lk", "-m", str(MAX_CONNECTIONS), "-e", f"{place.handler} {place.protocol}",
            "127.0.0.1", str(place.port)]


def _xinetd(place: Place, service: str) -> list[str]:
    """Has no option for the backlog, which is 64."""
    file = place.write("xinetd.conf", f"""\
service echo
{{
  id = bench
  socket_type = stream
  protocol = tcp
  bind = 127.0.0.1
  port = {place.port}
  wait = no
  user = {getpass.getuser()}
  flags = NODELAY NOLIBWRAP
  instances = UNLIMITED
  per_source = UNLIMITED
  cps = 1000000 1
  {service}
}}
""")
    return ["xinetd", "-dontfork", "-filelog", "/dev/null", "-f", file,
            "-pidfile", str(place.folder / "xinetd.pid")]


def xinetd(place: Place) -> list[str]:
    return _xinetd(place, f"type = UNLISTED\n  server = {place.handler}\n"
                          f"  server_args = {place.protocol}")


def xinetd_internal(place: Place) -> list[str]:
    """Its own echo, which forks too."""
    return _xinetd(place, "type = INTERNAL UNLISTED")


def systemd_socket_activate(place: Place) -> list[str]:
    """Has no option for the backlog, which is the kernel's maximum, or for Nagle's algorithm.

    By default it logs two lines for each connection.
    """
    return ["env", "SYSTEMD_LOG_LEVEL=warning", "systemd-socket-activate", "--accept", "--inetd",
            f"--listen=127.0.0.1:{place.port}", place.handler, place.protocol]


def forking_server(place: Place) -> list[str]:
    script = Path(__file__).with_name("forking_server.py")
    return ["/usr/bin/python3", str(script), place.protocol, str(place.port), str(place.backlog)]


FLOOR = Server("floor", floor)
YODELD = Server("yodeld", yodeld)
RECORDS = {"echo": "one record per session has no measurable cost"}
YODELD_TO_FILE = Server("yodeld, records to a file", yodeld_to_file, left_out=RECORDS)
YODELD_TO_JOURNAL = Server("yodeld, records to the journal", yodeld_to_journal, left_out=RECORDS,
                           why_not=why_no_journal)
ITS_OWN_ECHO = {"greet": "has only an echo of its own"}
PEERS = (
    Server("tcpserver", tcpserver, "ucspi-tcp"),
    Server("tcpsvd", tcpsvd, "ipsvd"),
    Server("socat", socat, "socat"),
    Server("socat PIPE", socat_pipe, "socat", ITS_OWN_ECHO),
    Server("xinetd", xinetd, "xinetd"),
    Server("xinetd internal", xinetd_internal, "xinetd", ITS_OWN_ECHO),
    Server("systemd-socket-activate", systemd_socket_activate, "systemd"),
    Server("ForkingTCPServer", forking_server, "python3"),
    Server("ncat", ncat, "ncat",
           {"echo": "hangs: it relays, and blocks in both directions at once"}),
)
SERVERS = (FLOOR, YODELD, YODELD_TO_FILE, YODELD_TO_JOURNAL, *PEERS)
PACKAGES = sorted({server.package for server in PEERS})


class Running:
    """A server that is running."""

    def __init__(self, server: Server, process: subprocess.Popen[str], port: int) -> None:
        self.server = server
        self.port = port
        self._process = process
        self._own: list[int] = []

    def find_own_processes(self) -> None:
        """Finds the processes that it has before its first connection."""
        def steady() -> bool:
            before = self._own
            self._own = [pid for pid in (self._process.pid, *descendants(self._process.pid))
                         if not zombies([pid])]
            return self._own == before
        wait_until(steady, f"{self.server.name} to settle", START_SECONDS)

    def sessions(self) -> list[int]:
        """Returns the processes that it has forked since, with zombies."""
        return [pid for own in self._own for pid in children(own) if pid not in self._own]


@contextmanager
def running(server: Server, protocol: Protocol, programs: Path,
            backlog: int = BACKLOG) -> Iterator[Running]:
    """Starts a server, yields when it serves, and kills all of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="yodel-bench-") as name:
        place = Place(programs.resolve(), Path(name), protocol, _free_port(), backlog)
        output = place.folder / "output"
        with open(output, "w", encoding="utf-8") as file:
            process = start(server.command(place), stdin=subprocess.DEVNULL, stdout=file,
                            stderr=file, cwd=name)
        try:
            try:
                wait_until(lambda: _serves(place.port, protocol),
                           f"{server.name} to serve {protocol}", START_SECONDS, process)
            except Failed as failure:
                raise Failed(f"{failure}: {tail(output, 5)}") from None
            this = Running(server, process, place.port)
            this.find_own_processes()
            yield this
        finally:
            kill_group(process)


def _serves(port: int, protocol: Protocol) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as probe:
            if protocol == "echo":
                probe.sendall(b"welcome")
            if probe.recv(7, socket.MSG_WAITALL) != b"welcome":
                return False
            if protocol == "greet":
                probe.sendall(b"exit")
            probe.shutdown(socket.SHUT_WR)
            return probe.recv(1) == b""
    except OSError:
        return False


_next_port = FIRST_PORT


def _free_port() -> int:
    """Returns a port that no earlier start has used, so that old connections cannot interfere."""
    global _next_port
    while True:
        port = _next_port
        _next_port = port + 1 if port < FIRST_PORT + 10_000 else FIRST_PORT
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def missing_programs(servers: tuple[Server, ...], programs: Path) -> list[str]:
    """Returns the programs that must be installed or built before these servers can run."""
    missing = [f"{name} (not built)" for name in
               ("bench-load", "bench-floor", "bench-handler", "yodeld", "yodel-acceptor")
               if not (programs / name).exists()]
    names = {"tcpserver": "ucspi-tcp", "tcpsvd": "ipsvd", "socat": "socat", "ncat": "ncat",
             "xinetd": "xinetd", "systemd-socket-activate": "systemd", JOURNALD: "systemd"}
    wanted = {server.package for server in servers}
    missing += [f"{name} (package {package})" for name, package in names.items()
                if package in wanted and not shutil.which(name)]
    return missing
