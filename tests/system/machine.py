"""A real systemd, booted in a container that leaves no trace.

    with Machine(root_for("trixie")) as machine:
        machine.install(*debs)
        machine.systemctl("restart", "yodeld")
        wait_until(lambda: machine.journal("-u", "yodeld"), "a line in the journal")

The container has its own network, with only lo. What it writes stays in memory, so the root is not
changed.
"""

import ctypes
import json
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cgroups
from processes import (Failed, Result, children, guarded, kill_group, start, tail, text_of,
                       wait_until)
from root import NoArchive, Root, sources_for

# The programs inside see nothing of the caller's environment.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "LANG": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
# Allowed in addition to nspawn's own filter, because the units and the daemon need them.
SYSTEM_CALLS = "bpf landlock_create_ruleset landlock_add_rule landlock_restrict_self"
BOOT_SECONDS = 60
CLONE_NEWNET = 0x40000000

_open: list["Machine"] = []
_made = 0


class CannotBoot(Exception):
    """A machine with nothing of ours in it did not boot; the message says what is known."""


@dataclass(frozen=True)
class Process:
    """One of the machine's processes, with its pids as seen inside."""

    pid: int
    parent: int
    name: str
    arguments: str
    unit: str


class Machine:
    """A container that runs systemd. A context manager: boots on entry, leaves nothing on exit."""

    def __init__(self, root: Root) -> None:
        global _made
        _made += 1
        self.root = root
        self.name = cgroups.new_name(_made)
        self.leader = 0
        self._groups = cgroups.Groups(self.name)
        self._folder = cgroups.temporary_folder(self.name)
        self._log = self._folder / "nspawn.log"
        self._lock = root.shared()
        self._nspawn: subprocess.Popen[str] | None = None
        self._started: list[subprocess.Popen[str]] = []

    # Boot and shutdown.

    def __enter__(self) -> Self:
        self._lock.__enter__()
        _open.append(self)
        try:
            self._boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _boot(self) -> None:
        try:
            self._spawn()
            self.leader = wait_until(self._find_leader, "a first process", BOOT_SECONDS,
                                     self._nspawn)
            ready = Path(f"/proc/{self.leader}/root/run/systemd/private")
            wait_until(ready.exists, "systemd to listen", BOOT_SECONDS, self._nspawn)
            self._let_limits_act()
            state = self.systemctl("is-system-running", "--wait", check=False,
                                   timeout=BOOT_SECONDS).stdout.strip()
        except (OSError, Failed) as error:
            raise CannotBoot(f"{error}\n{tail(self._log)}".strip()) from error
        if state not in ("running", "degraded"):
            raise CannotBoot(f"the system is '{state}'\n{tail(self._log)}".strip())

    def _spawn(self) -> None:
        """Starts nspawn in its own groups. It must not lock the root, which two machines may share."""
        self._folder.mkdir(mode=0o700)
        self._groups.make()
        command = ["systemd-nspawn", "--quiet", f"--directory={self.root.folder}",
                   f"--machine={self.name}", f"--hostname={self.root.release}", "--boot",
                   "--register=no", "--keep-unit", "--private-network", "--console=pipe",
                   "--volatile=overlay", f"--system-call-filter={SYSTEM_CALLS}"]
        with open(self._log, "w") as log:
            self._nspawn = start(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env={"PATH": ENVIRONMENT["PATH"], "SYSTEMD_NSPAWN_LOCK": "0"},
                                 preexec_fn=self._groups.join)

    def _find_leader(self) -> int:
        """Returns nspawn's child whose pid inside is 1, or 0: at first nspawn has only a helper."""
        assert self._nspawn
        for pid in children(self._nspawn.pid):
            for line in text_of(f"/proc/{pid}/status").splitlines():
                if line.startswith("NSpid:") and line.split()[2:] == ["1"]:
                    return pid
        return 0

    def _let_limits_act(self) -> None:
        """Makes the controllers of cgroup v1 writable. nspawn mounts them read-only, and while systemd
        finds them so, TasksMax= and MemoryMax= have no effect.
        """
        names = [folder.name for folder in cgroups.controllers()]
        if names:
            self.run("for name; do mount -o remount,bind,rw /sys/fs/cgroup/$name; done; "
                     "systemctl daemon-reexec", arguments=names)

    def close(self) -> None:
        """Kills the machine and removes everything that was made for it. May be called twice."""
        if self not in _open:
            return
        for process in self._started:
            kill_group(process)
        if self._nspawn:
            kill_group(self._nspawn)  # systemd and all inside die with it
        cgroups.remove(self.name)
        _open.remove(self)
        self._lock.__exit__(None, None, None)

    # Running programs.

    def _inside(self, argv: tuple[str, ...], environment: dict[str, str]) -> list[str]:
        variables = [f"{key}={value}" for key, value in (ENVIRONMENT | environment).items()]
        return ["nsenter", f"--target={self.leader}", "--all", "env", "-i", *variables, *argv]

    def _in_network(self, argv: tuple[str, ...]) -> list[str]:
        return ["nsenter", f"--target={self.leader}", "--net", *argv]

    def run(self, *argv: str, check: bool = True, input: str | None = None,
            timeout: float = 60, environment: dict[str, str] | None = None,
            arguments: list[str] | None = None) -> Result:
        """Runs a program inside or, if there is only one string, a line of shell.

        A shell line gets `arguments` as $1, $2, .... With `check`, a status other than 0 fails the
        test. The program does not have the container's system call filter and is in no unit:
        use systemd-run if that matters.
        """
        if len(argv) == 1:
            argv = ("sh", "-ec", argv[0], "sh", *(arguments or []))
        return self._run(self._inside(argv, environment or {}), argv, check, input, timeout)

    def host(self, *argv: str, check: bool = True, input: str | None = None,
             timeout: float = 60) -> Result:
        """Runs a program of the host, with the host's files, in the machine's network."""
        return self._run(self._in_network(argv), argv, check, input, timeout)

    def _run(self, command: list[str], argv: tuple[str, ...], check: bool, text_in: str | None,
             timeout: float) -> Result:
        return guarded(command, status=0 if check else None, seconds=timeout, text_in=text_in,
                       title=shlex.join(argv))

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Starts a program inside, with pipes for its standard streams. It ends with the machine."""
        return self._start(self._inside(argv, {}))

    def start_host(self, *argv: str) -> subprocess.Popen[str]:
        """Does the same for a program of the host, in the machine's network."""
        return self._start(self._in_network(argv))

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
        self._started.append(process)
        return process

    def connect(self, port: int, host: str = "127.0.0.1", timeout: float = 10) -> socket.socket:
        """Connects this process to a port inside."""
        with self._network():
            return socket.create_connection((host, port), timeout)

    def listens(self, port: int, host: str = "127.0.0.1") -> bool:
        """Returns whether the port accepts connections. The attempt counts as a session of yodeld."""
        try:
            self.connect(port, host).close()
        except ConnectionRefusedError:
            return False
        return True

    @contextmanager
    def _network(self) -> Iterator[None]:
        """Moves this thread into the machine's network. A socket stays in the network where it was made."""
        inside = f"/proc/{self.leader}/ns/net"
        with open("/proc/thread-self/ns/net") as ours, open(inside) as theirs:
            _set_namespace(theirs.fileno())
            try:
                yield
            finally:
                _set_namespace(ours.fileno())

    # Files, through programs inside, so that links are resolved there.

    def read(self, path: str) -> str:
        return self.run("cat", path).stdout

    def write(self, path: str, text: str, mode: str | None = None) -> None:
        """Writes a file. An existing one keeps its owner and, unless `mode` is given, its mode."""
        self.run('mkdir -p "$(dirname "$1")"; cat >"$1"; [ -z "$2" ] || chmod "$2" "$1"',
                 arguments=[path, mode or ""], input=text)

    def copy_in(self, source: Path | str, to: str) -> None:
        """Copies a file or a folder of the host to the path inside."""
        source = Path(source).resolve()
        command = self._inside(("sh", "-ec", 'mkdir -p "$1"; tar -x -C "$1"; mv -T "$1/$2" "$3"; '
                                'rmdir "$1"', "sh", f"{to}.part", source.name, to), {})
        archive = subprocess.run(["tar", "-c", "--owner=0", "--group=0", "-C", str(source.parent),
                                  source.name], check=True, capture_output=True)
        subprocess.run(command, input=archive.stdout, check=True, capture_output=True, timeout=60)

    # systemd.

    def systemctl(self, *arguments: str, check: bool = True, timeout: float = 60) -> Result:
        return self.run("systemctl", *arguments, check=check, timeout=timeout)

    def show(self, unit: str, prop: str) -> str:
        """Returns a property of a unit, as `systemctl show` prints it."""
        return self.systemctl("show", "--value", f"--property={prop}", unit).stdout.rstrip("\n")

    def main_pid(self, unit: str) -> int:
        """Returns the pid inside of the unit's main process, or 0 if it has none."""
        return int(self.show(unit, "MainPID"))

    def journal(self, *arguments: str) -> list[dict[str, Any]]:
        """Returns the records that `journalctl ARGUMENTS` finds, oldest first."""
        found = self.run("journalctl", "--quiet", "--no-pager", "--all", "--output=json",
                         *arguments, check=False).stdout
        return [json.loads(line) for line in found.splitlines()]

    def journal_tail(self, *units: str, lines: int = 40) -> str:
        """Returns the last lines about the units, to be shown when a test has failed."""
        chosen = [f"--unit={unit}" for unit in units]
        return self.run("journalctl", "--quiet", "--no-pager", "--output=short-precise",
                        f"--lines={lines}", *chosen, check=False, timeout=10).stdout.rstrip()

    def processes(self, unit: str | None = None) -> list[Process]:
        """Returns all processes inside, or those of a unit such as "yodeld.service"."""
        folders = Path(f"/proc/{self.leader}/root/proc").glob("[0-9]*")
        found = [process for folder in folders if (process := _process(folder))]
        return sorted((process for process in found if unit in (None, process.unit)),
                      key=lambda process: process.pid)

    # Packages.

    def install(self, *debs: Path | str, timeout: float = 120) -> Result:
        """Installs package files with apt, as an administrator does, but without a network."""
        folder = "/var/cache/yodel-test"
        inside = [f"{folder}/{Path(deb).name}" for deb in debs]
        for deb, path in zip(debs, inside):
            self.copy_in(deb, path)
        return self.run("apt-get", "--quiet", "--option=Dpkg::Use-Pty=0", "install", "--yes",
                        "--no-install-recommends", *inside, timeout=timeout)


def open_machines() -> list[Machine]:
    return list(_open)


def close_all() -> None:
    """Closes all open machines, even if closing one of them fails."""
    errors = []
    for machine in open_machines():
        try:
            machine.close()
        except (OSError, Failed) as error:
            errors.append(str(error))
    if errors:
        raise RuntimeError("; ".join(errors))


def missing() -> str | None:
    """Returns what this host obviously lacks for making and booting a machine, or None."""
    if os.geteuid() != 0:
        return "not root"
    for program in ("mmdebstrap", "systemd-nspawn", "nsenter", "setpriv", "unshare"):
        if not shutil.which(program):
            return f"no {program} on this host"
    if not cgroups.hierarchies():
        return f"no cgroups in {cgroups.MOUNT}"
    return None


def why_not(root: Root) -> str | None:
    """Returns why machines cannot be made on this host, or None. This does not involve our code.

    Once a machine has booted from this root since the host itself was booted, the host is able to,
    and from then on a machine that does not boot is a failure.
    """
    if reason := missing():
        return reason
    cgroups.sweep()
    proof = root.cache / f"{root.release}.boots"
    this_host = text_of("/proc/sys/kernel/random/boot_id")
    try:
        if not root.current():
            sources_for(root.release)
            root.ensure()
        if text_of(proof) != this_host:
            with Machine(root):
                proof.write_text(this_host)
    except NoArchive as error:
        return str(error)
    except CannotBoot as error:
        return f"an empty {root.release} does not boot here: {error}"
    return None


def _process(folder: Path) -> Process | None:
    """Returns a process by its folder in /proc, or None if it has ended."""
    before, _, after = text_of(folder / "stat").rpartition(")")
    if not before:
        return None
    arguments = text_of(folder / "cmdline").replace("\0", " ").strip()
    parts = [part for line in text_of(folder / "cgroup").splitlines() for part in line.split("/")]
    units = [part for part in parts if part.endswith((".service", ".scope"))]
    return Process(pid=int(folder.name), parent=int(after.split()[1]),
                   name=before.partition("(")[2], arguments=arguments,
                   unit=units[0] if units else "")


def _set_namespace(descriptor: int) -> None:
    """Calls setns(2), which Python 3.11 does not have."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
