"""A yodeld in a namespace, and the journal that gets its records in place of journald."""

import os
import socket
import struct
import subprocess
import tempfile
from pathlib import Path

from namespaces import Namespace
from processes import Failed, children, kill_group, name_of, start, tail, wait_until

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("YODEL_BIN_DIR", PROJECT / "build/release/bin")).resolve()
PATIENCE = 30.0
PORTS = {"greet": 9999, "echo": 9998, "probe": 9997}
JOURNAL = Path("/run/systemd/journal/socket")
Record = dict[str, str]


class Journal:
    """The socket of sd_journal_send(3), on the /run that run.py has made for this process."""

    def __init__(self) -> None:
        JOURNAL.parent.mkdir(parents=True, exist_ok=True)
        JOURNAL.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(JOURNAL))
        self._socket.setblocking(False)
        self._records: list[Record] = []

    def close(self) -> None:
        self._socket.close()

    def records(self, **fields: str | int) -> list[Record]:
        """Returns the records so far that have these fields, which are given without YODEL_."""
        while True:
            try:
                self._records.append(_parsed(self._socket.recv(1 << 20)))
            except BlockingIOError:
                break
        wanted = {name if name == "MESSAGE" else f"YODEL_{name}": str(value) for name, value in fields.items()}
        return [each for each in self._records if wanted.items() <= each.items()]

    def forget(self) -> None:
        """Forgets the records so far, which a daemon that is gone has written."""
        self.records()
        self._records.clear()

    def tail(self) -> str:
        return "\n".join(each["MESSAGE"] for each in self.records()[-15:])


def _parsed(datagram: bytes) -> Record:
    """Returns the fields of a record (systemd.io/JOURNAL_NATIVE_PROTOCOL)."""
    record = {}
    while datagram:
        line, _, datagram = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:  # a value with newlines: its size, then the value itself
            (size,) = struct.unpack("<Q", datagram[:8])
            value, datagram = datagram[8:8 + size], datagram[9 + size:]
        record[name.decode()] = value.decode(errors="backslashreplace")
    return record


class Yodeld:
    """The daemon, with one listener of each protocol at `address`.

    `listen` are more lines of each listener, `more` are other tables of its file.
    """

    def __init__(self, namespace: Namespace, address: str, journal: Journal, more: str = "",
                 listen: str = "") -> None:
        self._journal = journal
        journal.forget()
        self._folder = tempfile.TemporaryDirectory(prefix="yodel-path-")
        self._log = Path(self._folder.name) / "stderr"
        config = Path(self._folder.name) / "yodeld.toml"
        listeners = [f'[[listen]]\naddress = "{address}"\nport = {port}\nprotocol = "{protocol}"\n{listen}'
                     for protocol, port in PORTS.items()]
        config.write_text("".join(listeners) + '[log]\ntarget = "journal"\n' + more, encoding="utf-8")
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("NOTIFY_SOCKET", "JOURNAL_STREAM", "WATCHDOG_PID")}
        with self._log.open("wb") as log:
            self._process: subprocess.Popen[str] = start(
                namespace.command(BIN / "yodeld", "--config", config), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=environment)
        try:
            wait_until(lambda: [each for each in journal.records() if " is ready: " in each["MESSAGE"]],
                       "the daemon to be ready", PATIENCE, self._process)
        except Failed as error:
            text = f"{error}\n{tail(self._log)}\n{journal.tail()}"
            self.close()
            raise Failed(text) from None

    def stop(self) -> None:
        """Stops it as systemd does, and waits for its end."""
        self._process.terminate()
        if status := self._process.wait(PATIENCE):
            raise Failed(f"status {status}\n{tail(self._log)}")
        self.close()

    def close(self) -> None:
        kill_group(self._process)
        self._folder.cleanup()

    def sessions(self) -> list[int]:
        """Returns the pids of the sessions of all listeners."""
        acceptors = [each for each in children(self._process.pid) if name_of(each) == "yodel-acceptor"]
        return [session for acceptor in acceptors for session in children(acceptor)]

    def session(self) -> int:
        """Returns the pid of the only session, once there is one."""
        return wait_until(self.sessions, "a session", PATIENCE, self._process)[0]

    def record(self, **fields: str | int) -> Record:
        """Returns the record of the ended session that has these fields, once it is written."""
        return wait_until(lambda: [each for each in self._journal.records(**fields)
                                   if "YODEL_CLOSE_REASON" in each],
                          f"a record with {fields}", PATIENCE, self._process)[0]
