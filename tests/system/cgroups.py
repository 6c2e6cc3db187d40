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
from contextlib import suppress
from pathlib import Path

from processes import Failed, stat, text_of, wait_until

MOUNT = Path("/sys/fs/cgroup")
NSPAWN_FOLDERS = Path("/run/systemd/nspawn/propagate")
# What keeps track of processes, and what TasksMax=, MemoryMax= and CPUQuota= act through.
TRACKERS = ("systemd", "unified")
CONTROLLERS = ("pids", "memory", "cpu", "cpuacct")
NAME = re.compile(r"yodel-test-(?P<pid>\d+)-(?P<started>\d+)-\d+")


def _started(pid: int | str) -> str | None:
    """When the process started, in clock ticks: tells it from a later one of the same number."""
    fields = stat(pid)
    return fields[19] if fields and fields[0] not in "ZX" else None


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
        found = {int(pid) for folder in self.folders for members in folder.rglob("cgroup.procs")
                 for pid in text_of(members).split()}
        return found - {0}

    def remove(self) -> None:
        """Kills whoever is still inside, then takes the groups away."""
        wait_until(self._removed, "the removal of control groups")

    def _removed(self) -> bool:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for folder in self.folders:
            _remove_tree(folder)
        if left := [str(folder) for folder in self.folders if folder.exists()]:
            raise Failed(f"{' '.join(left)}; inside: {self.processes()}")
        return True


def _remove_tree(folder: Path) -> None:
    """Removes the groups in it, deepest first, as far as they are empty by now."""
    for path, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            os.rmdir(path)


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
