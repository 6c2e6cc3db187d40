"""Makes separate control groups for each machine, and removes what dead runs have left.

Without a separate group, a container's systemd would work in the host's tree, and two containers
would disturb each other. If the host still has the separate hierarchies of cgroup v1, the
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
# The hierarchies by which systemd tracks processes, and the controllers of TasksMax=, MemoryMax= and CPUQuota=.
TRACKERS = ("systemd", "unified")
CONTROLLERS = ("pids", "memory", "cpu", "cpuacct")
NAME = re.compile(r"yodel-test-(?P<pid>\d+)-(?P<started>\d+)-\d+")


def _started(pid: int | str) -> str | None:
    """Returns when the process started, in clock ticks, which distinguishes it from a later one with its pid."""
    fields = stat(pid)
    return fields[19] if fields and fields[0] not in "ZX" else None


def new_name(number: int) -> str:
    """Returns the name of this process's machine `number`, by which a later run knows its owner."""
    return f"yodel-test-{os.getpid()}-{_started(os.getpid())}-{number}"


def unified() -> bool:
    """Returns whether the host has only cgroup v2."""
    return (MOUNT / "cgroup.controllers").exists()


def _folders(names: tuple[str, ...]) -> list[Path]:
    """Returns the existing hierarchies of cgroup v1; `cpu` may be another name of `cpu,cpuacct`."""
    found = [(MOUNT / name).resolve() for name in names if (MOUNT / name / "cgroup.procs").exists()]
    return list(dict.fromkeys(found))


def hierarchies() -> list[Path]:
    """Returns the hierarchies in which a machine needs a group."""
    return [MOUNT] if unified() else _folders(TRACKERS + CONTROLLERS)


def controllers() -> list[Path]:
    """Returns the folders that nspawn mounts read-only and that the limits of units need writable."""
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
        """Kills the remaining processes, then removes the groups."""
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
    """Removes the empty groups in it, deepest first."""
    for path, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            os.rmdir(path)


def remove(name: str) -> None:
    """Removes everything with the machine's name."""
    Groups(name).remove()
    for folder in (temporary_folder(name), NSPAWN_FOLDERS / name):
        shutil.rmtree(folder, ignore_errors=True)


def temporary_folder(name: str) -> Path:
    return Path(tempfile.gettempdir()) / name


def sweep() -> None:
    """Removes what runs left behind that were killed before they could clean up."""
    places = [*hierarchies(), Path(tempfile.gettempdir()), NSPAWN_FOLDERS]
    names = {entry.name for place in places if place.is_dir() for entry in place.iterdir()}
    for name in names:
        match = NAME.fullmatch(name)
        if match and _started(match["pid"]) != match["started"]:
            remove(name)
