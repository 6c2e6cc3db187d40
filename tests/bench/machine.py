"""The machine: its description, its available memory, and the limits of its kernel."""

import os
import platform
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from processes import guarded

KIB_PER_PAGE = resource.getpagesize() // 1024
# Processes that a benchmark needs besides those that it counts.
OTHER_PROCESSES = 5000


def available_kib() -> int:
    """Returns MemAvailable plus the free pages on the per-processor lists.

    /proc/meminfo counts those pages as used. They vary by MiB and would be the largest error.
    """
    meminfo = Path("/proc/meminfo").read_text()
    match = re.search(r"^MemAvailable:\s+(\d+) kB$", meminfo, re.MULTILINE)
    assert match, "proc_meminfo(5)"
    kept = re.findall(r"^\s+count:\s+(\d+)$", Path("/proc/zoneinfo").read_text(), re.MULTILINE)
    return int(match[1]) + KIB_PER_PAGE * sum(map(int, kept))


def descriptor_limit() -> int:
    """Returns the hard limit, to which a process may raise its own."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


@contextmanager
def room_for_processes(count: int) -> Iterator[str]:
    """Raises the kernel's limits by `count` processes, and restores them afterwards.

    Yields "" or, if that many do not fit, the reason.
    """
    wanted = count + OTHER_PROCESSES
    before: dict[Path, str] = {}
    try:
        yield _raise_limits(wanted, before)
    finally:
        for file, text in before.items():
            file.write_text(text)


def _raise_limits(wanted: int, before: dict[Path, str]) -> str:
    for file in (Path("/proc/sys/kernel/pid_max"), Path("/proc/sys/kernel/threads-max")):
        text = file.read_text()
        if int(text) >= wanted:
            continue
        try:
            file.write_text(str(wanted))
        except OSError as error:
            return f"{file.name} is {int(text)}, but {wanted} are needed: {error.strerror}"
        before[file] = text
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if os.geteuid() != 0 and limit not in (-1, resource.RLIM_INFINITY) and limit < wanted:
        return f"the limit of processes (ulimit -u) is {limit}, but {wanted} are needed"
    for file in _pids_max_files():
        text = file.read_text().strip()
        if text != "max" and int(text) < wanted:
            return f"{file} is {text}, but {wanted} are needed"
    return ""


def _pids_max_files() -> list[Path]:
    """Returns the pids.max files of this process's control groups and their parents, cgroups(7)."""
    files = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "pids"):
            continue
        top = Path("/sys/fs/cgroup") / controllers
        group = top / path.lstrip("/")
        files += [folder / "pids.max" for folder in (group, *group.parents)
                  if folder.is_relative_to(top)]
    return [file for file in files if file.exists()]


def versions(packages: list[str]) -> dict[str, str]:
    """Returns the versions of those Debian packages that are installed."""
    shown = guarded(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status} ${Version}\n",
                     *packages], status=None)
    rows = [line.split() for line in shown.stdout.splitlines()]
    return {row[0]: row[2] for row in rows if len(row) == 3 and row[1] == "installed"}


def description() -> dict[str, object]:
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    meminfo = re.search(r"^MemTotal:\s+(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    assert meminfo, "proc_meminfo(5)"
    release = platform.freedesktop_os_release()
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": model[1] if model else platform.machine(),
        "memory_gib": round(int(meminfo[1]) / (1 << 20), 1),
        "kernel": platform.release(),
        "system": release.get("PRETTY_NAME", ""),
        "somaxconn": int(Path("/proc/sys/net/core/somaxconn").read_text()),
        "load_before": os.getloadavg()[0],
    }
