"""Two balancers that share an address, and two servers behind them, with the files of docs."""

import socket
import subprocess
from pathlib import Path
from typing import Protocol

from daemon import PATIENCE, PORTS, PROJECT, Journal, Record, Yodeld
from namespaces import Namespace
from processes import Failed, kill_group, start, tail, wait_until

CLIENT = "192.0.2.10"
SHARED = "192.0.2.100"
BALANCERS = ("192.0.2.1", "192.0.2.2")
SERVERS = ("192.0.2.11", "192.0.2.12")
FILES = PROJECT / "docs"
LISTEN = f"proxy_from = {list(BALANCERS)}\n"


class Machine:
    """A namespace with one interface, eth0, on a bridge that all share."""

    def __init__(self, bridge: Namespace, name: str, address: str) -> None:
        self.address = address
        self.namespace = Namespace(name)
        bridge.ip(f"link add {name} master lan up type veth peer name eth0 netns {self.namespace.path}")
        self.namespace.ip("link set eth0 up", f"address add {address}/24 dev eth0")


class Server(Protocol):
    """The daemon on a server."""

    def stop(self) -> None: ...
    def close(self) -> None: ...
    def record(self, **fields: str | int) -> Record: ...


class Balancer(Machine):
    """HAProxy and keepalived. The first has the shared address, as long as it lives."""

    def __init__(self, bridge: Namespace, number: int, folder: Path) -> None:
        super().__init__(bridge, f"balancer-{number}", BALANCERS[number - 1])
        self._socket = folder / f"{number}.sock"
        self._log = folder / f"{number}.log"
        self._processes: list[subprocess.Popen[str]] = []
        haproxy = (FILES / "haproxy.cfg").read_text(encoding="utf-8")
        for documented, here in (("/run/haproxy/admin.sock", str(self._socket)), ("log /dev/log local0", ""),
                                 ("maxconn 20000", "maxconn 1000")):
            haproxy = haproxy.replace(documented, here)
        self._start(folder / f"{number}.cfg", haproxy, "/usr/sbin/haproxy", "-db", "-f")
        try:
            wait_until(self.is_serving, "HAProxy to find both servers up", PATIENCE, self._processes[0])
        except Failed as error:
            self.close()
            raise Failed(f"{error}\n{tail(self._log)}") from None
        keepalived = (FILES / "keepalived.conf").read_text(encoding="utf-8")
        if number != 1:
            keepalived = keepalived.replace("priority 110", "priority 100")
        pids = [f"--{kind}={folder / f'{number}.{kind}'}" for kind in ("pid", "vrrp_pid", "checkers_pid")]
        self._start(folder / f"{number}.conf", keepalived, "/usr/sbin/keepalived", "--vrrp", "--dont-fork",
                    "--log-console", "--no-syslog", *pids, "-f")

    def _start(self, file: Path, text: str, *command: str) -> None:
        file.write_text(text, encoding="utf-8")
        with self._log.open("ab") as log:
            self._processes.append(start(self.namespace.command(*command, file), stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=log))

    def ask(self, command: str) -> str:
        """Returns the answer of HAProxy's runtime API."""
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(PATIENCE)
            asked.connect(str(self._socket))
            asked.sendall(f"{command}\n".encode())
            with asked.makefile(encoding="utf-8") as answer:
                return answer.read()

    def servers(self, column: str) -> dict[str, str]:
        """Returns a column of `show stat` for the servers of greet: "status", "scur", …"""
        if not self._socket.exists():
            return {}
        header, *rows = self.ask("show stat").removeprefix("# ").splitlines()
        names = header.split(",")
        stats = [dict(zip(names, row.split(","), strict=False)) for row in rows if row]
        return {each["svname"]: each[column] for each in stats
                if each["pxname"] == "greet" and each["svname"].startswith("echo-")}

    def is_serving(self) -> bool:
        return [status.split()[0] for status in self.servers("status").values()] == ["UP", "UP"]

    def has_address(self) -> bool:
        return f" {SHARED}/" in self.namespace.run("ip", "-4", "address", "show", "dev", "eth0").stdout

    def fail(self) -> None:
        """Does what a loss of power does: the machine's cable is dead, and then its programs."""
        self.namespace.ip("link set eth0 down")
        self.close()

    def kill_haproxy(self) -> None:
        kill_group(self._processes.pop(0))

    def close(self) -> None:
        while self._processes:
            kill_group(self._processes.pop())


class Cluster:
    """All of it. The first balancer has the shared address."""

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._journal = journal
        self._bridge = Namespace("bridge")
        self._bridge.ip("link add lan type bridge", "link set lan up")
        self.machines = [Machine(self._bridge, f"server-{n}", address) for n, address in enumerate(SERVERS, 1)]
        self.client = Machine(self._bridge, "client", CLIENT).namespace
        self.balancers: list[Balancer] = []
        self.servers: list[Server] = []
        try:
            for number in range(len(SERVERS)):
                self.servers.append(self.server(number))
            for number in range(1, len(BALANCERS) + 1):
                self.balancers.append(Balancer(self._bridge, number, folder))
            wait_until(self.balancers[0].has_address, "the shared address", PATIENCE)
        except BaseException:
            self.close()
            raise

    def server(self, number: int) -> Server:
        """Starts the daemon of a server."""
        return Yodeld(self.machines[number].namespace, SERVERS[number], self._journal, listen=LISTEN)

    def records(self, **fields: str) -> list[Record]:
        """Returns the records of all servers so far that have these fields, which are given without YODEL_."""
        return self._journal.records(**fields)

    def disconnect(self, number: int) -> None:
        """Takes a server off the network."""
        self.machines[number].namespace.ip("link set eth0 down")

    def close(self) -> None:
        for balancer in self.balancers:
            balancer.close()
        for server in self.servers:
            server.close()

    def command(self, *words: str) -> list[str]:
        """Returns the command that runs `words` at the client."""
        return self.client.command(*words)


def at(protocol: str) -> str:
    return f"{SHARED}:{PORTS[protocol]}"
