"""Control groups of its own for each machine, and the removal of what dead runs have left.

Without a group of its own, a container's systemd would work in the host's tree, and two of them
would break each other's. Where the host still has the separate hierarchies of cgroup v1, the
machine joins those that its units' limits need, each by name.
"""

import os
import re
import shutil
import signal
import tempfile
import time
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
NSPAWN_FOLDERS = Path("/run/systemd/nspawn/propagate")
# What keeps track of processes, and what TasksMax=, MemoryMax= and CPUQuota= act through.
TRACKERS = ("systemd", "unified")
CONTROLLERS = ("pids", "memory", "cpu", "cpuacct")
NAME = re.compile(r"yodel-test-(?P<pid>\d+)-(?P<started>\d+)-\d+")


def _started(pid: int | str) -> str | None:
    """When the process started, in clock ticks: tells it from a later one of the same number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    after_name = stat.rpartition(")")[2].split()
    state, started = after_name[0], after_name[19]
    return None if state in "ZX" else started


def new_name(number: int) -> str:
    """The name of this process's machine `number`; it tells a later run whose it was."""
    return f"yodel-test-{os.getpid()}-{_started(os.getpid())}-{number}"


def unified() -> bool:
    """Whether the host has cgroup v2 alone."""
    return (MOUNT / "cgroup.controllers").exists()


def _folders(names: tuple[str, ...]) -> list[Path]:
    """Those of v1's hierarchies that are there; `cpu` may be another name of `cpu,cpuacct`."""
    found = [(MOUNT / name).resolve() for name in names if (MOUNT / name / "cgroup.procs").exists()]
    return list(dict.fromkeys(found))


def hierarchies() -> list[Path]:
    """Where a machine needs a group."""
    return [MOUNT] if unified() else _folders(TRACKERS + CONTROLLERS)


def controllers() -> list[Path]:
    """What a container gets to see read-only and needs to write, for its units' limits to act."""
    return [] if unified() else _folders(CONTROLLERS)


class Groups:
    """The groups of one machine, under every hierarchy."""

    def __init__(self, name: str) -> None:
        self.folders = [hierarchy / name for hierarchy in hierarchies()]

    def make(self) -> None:
        for folder in self.folders:
            folder.mkdir()

    def join(self) -> None:
        """Moves the calling process into them."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text("0")

    def processes(self) -> set[int]:
        found: set[int] = set()
        for folder in self.folders:
            for members in folder.rglob("cgroup.procs"):
                try:
                    found.update(int(pid) for pid in members.read_text().split())
                except OSError:
                    continue  # the group has gone meanwhile
        return found - {0}

    def remove(self, seconds: float = 10) -> None:
        """Kills whoever is still inside, then takes the groups away."""
        deadline = time.monotonic() + seconds
        while any(folder.exists() for folder in self.folders):
            for pid in self.processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            for folder in self.folders:
                _remove_tree(folder)
            if time.monotonic() > deadline:
                left = [str(folder) for folder in self.folders if folder.exists()]
                raise RuntimeError(f"cannot remove {' '.join(left)}; inside: {self.processes()}")
            time.sleep(0.01)


def _remove_tree(folder: Path) -> None:
    """Removes the groups in it, deepest first, as far as they are empty by now."""
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            pass


def remove(name: str) -> None:
    """Takes away everything that carries the machine's name."""
    Groups(name).remove()
    for folder in (temporary_folder(name), NSPAWN_FOLDERS / name):
        shutil.rmtree(folder, ignore_errors=True)


def temporary_folder(name: str) -> Path:
    return Path(tempfile.gettempdir()) / name


def sweep() -> None:
    """Removes what runs left that were killed before they could clean up."""
    places = [*hierarchies(), Path(tempfile.gettempdir()), NSPAWN_FOLDERS]
    names = {entry.name for place in places if place.is_dir() for entry in place.iterdir()}
    for name in names:
        match = NAME.fullmatch(name)
        if match and _started(match["pid"]) != match["started"]:
            remove(name)
