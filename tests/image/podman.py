"""podman(1) with a store of its own, from the image's archive, and containers and pods in a network namespace."""

import json
import os
import resource
from contextlib import suppress
from pathlib import Path

from daemon import PATIENCE, PROJECT, Record
from namespaces import Namespace
from processes import Failed, Result, guarded, wait_until

IMAGE = Path(os.environ.get("YODEL_IMAGE", PROJECT / "build/image/yodel.tar")).resolve()
# The limits that podman would set as root are higher than a container of this machine may have.
LIMITS = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
HIGHEST = 32768
# On a machine with both hierarchies of cgroups(7), crun accepts only the older one.
CGROUPS = Path("/sys/fs/cgroup")
HYBRID = CGROUPS / "unified"
# As docs/machines.md has it.
RESTRICTED = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--network=host")


class Podman:
    """Call close(), or its containers remain."""

    def __init__(self, folder: Path) -> None:
        limits = [f"{name}={limit}:{limit}" for name, what in LIMITS.items()
                  for limit in [min(value for value in (*resource.getrlimit(what), HIGHEST) if value >= 0)]]
        self._config = folder / "containers.conf"
        self._config.write_text('[containers]\nlog_driver = "k8s-file"\n'
                                f"default_ulimits = {json.dumps(limits)}\n"
                                '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\n', encoding="utf-8")
        self._store = folder / "store"
        if HYBRID.is_mount():
            guarded(["umount", HYBRID])
        loaded = self.run("load", "--quiet", "--input", IMAGE).stdout
        self.image = loaded.partition("Loaded image: ")[2].strip()

    def command(self, *words: str | Path) -> list[str]:
        # DISABLE_HC_SYSTEMD: there is no systemd that could run a health check from time to time.
        return ["env", f"CONTAINERS_CONF={self._config}", "DISABLE_HC_SYSTEMD=true",
                "podman", "--root", str(self._store), "--runroot", "/run/containers", "--storage-driver=vfs",
                *map(str, words)]

    def run(self, *words: str | Path, namespace: Namespace | None = None, status: int | None = 0) -> Result:
        command = self.command(*words)
        return guarded(namespace.command(*command) if namespace else command, status=status,
                       title=f"podman {' '.join(map(str, words))}")

    def close(self) -> None:
        self.run("pod", "rm", "--force", "--all", "--time=0")
        self.run("rm", "--force", "--all", "--time=0")
        # podman leaves the parent of its cgroups(7) behind.
        for parent in CGROUPS.glob("**/libpod_parent"):
            for folder, _, _ in os.walk(parent, topdown=False):
                with suppress(OSError):
                    os.rmdir(folder)


class Container:
    """A container of the image that has been started as `name`, and writes its records as JSON."""

    def __init__(self, podman: Podman, name: str) -> None:
        self._podman = podman
        self.name = name
        self._last: list[Record] = []

    def wait_until_ready(self) -> None:
        try:
            wait_until(lambda: [each for each in self.records() if " is ready: " in each["MESSAGE"]],
                       "the daemon to be ready", PATIENCE)
        except Failed as error:
            raise Failed(f"{error}\n{self.log()}") from None

    def log(self) -> str:
        """Returns what it has written, or "" if it is gone."""
        done = self._podman.run("logs", self.name, status=None)
        return done.stdout + done.stderr if done.status == 0 else ""

    def records(self, **fields: str | int) -> list[Record]:
        """Returns the records so far that have these fields, which are given without YODEL_.

        Once the container is gone, returns what it had written when it was last asked.
        """
        log = self.log()
        try:
            self._last = [json.loads(line) for line in log.splitlines()] or self._last
        except ValueError:
            raise Failed(f"not JSON:\n{log}") from None
        wanted = {f"YODEL_{name}": str(value) for name, value in fields.items()}
        return [each for each in self._last if wanted.items() <= each.items()]

    def record(self, **fields: str | int) -> Record:
        """Returns the record of the ended session that has these fields, once it is written."""
        return wait_until(lambda: [each for each in self.records(**fields) if "YODEL_CLOSE_REASON" in each],
                          f"a record with {fields}", PATIENCE)[0]

    def inspect(self, what: str) -> str:
        return self._podman.run("inspect", "--format", "{{" + what + "}}", self.name).stdout.strip()

    def exec(self, *words: str, status: int | None = 0) -> Result:
        return self._podman.run("exec", self.name, *words, status=status)
