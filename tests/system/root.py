"""Makes the root folders that machines boot from: a small Debian for each release, made once and kept.

They come from the archive that this host itself installs from, with another release's name.
"""

import fcntl
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from processes import Failed, guarded, tail

RELEASES = ("bookworm", "trixie")
# Packages that a machine needs to boot and to be examined, those that our packages depend on, because these are
# installed without a network, and what docs/machines.md uses.
PACKAGES = ("systemd", "systemd-sysv", "dbus", "iproute2", "procps", "adduser",
            "libcurl4", "libedit2", "libstdc++6", "libsystemd0", "zlib1g",
            "haproxy", "keepalived", "kubernetes-client", "netcat-openbsd", "socat")
# The machines use neither this host's name nor its name server.
HOSTS = "127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n"
OPTIONS = ("--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}",
           "--dpkgopt=force-unsafe-io",
           f'--customize-hook=printf "{HOSTS}" >"$1/etc/hosts"; cd "$1/etc"; '
           'rm -f hostname resolv.conf',
           # The page starts them.
           '--customize-hook=systemctl --root "$1" disable haproxy keepalived')
SECONDS = 840

ONE_LINE = re.compile(r"deb\s+(?P<options>\[.*?\]\s+)?"
                      r"(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>.+)")


class NoArchive(Exception):
    """This host's apt sources do not name a Debian archive."""


class CannotMake(Exception):
    """mmdebstrap failed; the message is the end of its output."""


def _host_release() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return ""


def _suites(release: str) -> dict[str, str]:
    """Returns this host's suite -> the release's, without backports and third parties."""
    host = _host_release()
    return {host + kind: release + kind for kind in ("", "-updates", "-security")} if host else {}


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Yields the fields of each paragraph of a deb822 file, with continuation lines as written."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        found = re.findall(r"^([^\s:]+):(.*(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
        yield {key.lower(): value.rstrip().lstrip(" \t") for key, value in found}


def deb822_for(text: str, suites: dict[str, str]) -> str:
    """Returns the paragraphs of a .sources file for Debian itself, with the suites replaced."""
    kept = []
    for fields in _stanzas(text):
        wanted = [suites[suite] for suite in fields.get("suites", "").split() if suite in suites]
        debian = "deb" in fields.get("types", "").split() and "main" in fields.get("components", "")
        if not wanted or not debian or fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        fields |= {"types": "deb", "suites": " ".join(wanted), "components": "main"}
        kept.append("\n".join(f"{key}: {value}" for key, value in fields.items()) + "\n")
    return "\n".join(kept)


def one_line_for(text: str, suites: dict[str, str]) -> str:
    """Does the same for a .list file."""
    kept = []
    for line in text.splitlines():
        match = ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if match and match["suite"] in suites and "main" in match["parts"].split():
            place = f"{match['options'] or ''}{match['uri']}"
            kept.append(f"deb {place} {suites[match['suite']]} main\n")
    return "".join(kept)


def sources_for(release: str, apt: Path = Path("/etc/apt")) -> dict[str, str]:
    """Returns file name -> text of the apt sources of the release."""
    suites = _suites(release)
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    texts = {
        "sources": "\n".join(deb822_for(path.read_text(), suites)
                             for path in sorted((apt / "sources.list.d").glob("*.sources"))),
        "list": "".join(one_line_for(path.read_text(), suites) for path in lists if path.exists()),
    }
    found = {kind: text for kind, text in texts.items() if text.strip()}
    if not found:
        raise NoArchive(f"no Debian archive among the apt sources in {apt}")
    return found


class Root:
    """The root folder of one release, and its lock: shared by machines, exclusive while it is made."""

    def __init__(self, release: str, cache: Path) -> None:
        self.release = release
        self.cache = cache
        self.folder = cache / release
        self._stamp = cache / f"{release}.made"
        self._wanted = "\n".join(OPTIONS) + "\n"

    @contextmanager
    def lock(self, how: int) -> Iterator[None]:
        self.cache.mkdir(parents=True, exist_ok=True)
        with open(self.cache / f"{self.release}.lock", "w") as file:
            fcntl.flock(file, how)
            yield

    def shared(self) -> AbstractContextManager[None]:
        """Returns the lock that a machine holds while it runs on the root, so that nobody replaces it."""
        return self.lock(fcntl.LOCK_SH)

    def current(self) -> bool:
        return (self.folder.is_dir() and self._stamp.exists()
                and self._stamp.read_text() == self._wanted)

    def ensure(self) -> None:
        """Makes the root, unless it exists and was made with the present options."""
        with self.shared():
            if self.current():
                return
        with self.lock(fcntl.LOCK_EX):
            if not self.current():
                self._make()

    def _make(self) -> None:
        started = time.monotonic()
        new, temporary = (self.cache / f"{self.release}.{kind}" for kind in ("new", "tmp"))
        self._stamp.unlink(missing_ok=True)
        _remove(new, temporary)
        try:
            temporary.mkdir()
            self._bootstrap(new, temporary)
            _remove(self.folder)
            new.rename(self.folder)
        finally:
            _remove(new, temporary)
        self._stamp.write_text(self._wanted)
        print(f"made the root of {self.release} in {time.monotonic() - started:.0f} s")

    def _bootstrap(self, folder: Path, temporary: Path) -> None:
        """Runs mmdebstrap. Keeps its output beside the root, and shows the end of it if it fails.

        It has a process namespace of its own, so everything that it started ends with it.
        """
        files = []
        for kind, text in sources_for(self.release).items():
            files.append(self.cache / f"{self.release}.{kind}")
            files[-1].write_text(text)
        log = self.cache / f"{self.release}.log"
        command = ["unshare", "--pid", "--mount-proc", "--kill-child", "mmdebstrap", *OPTIONS,
                   self.release, str(folder), *map(str, files)]
        with open(log, "w") as output:
            try:
                guarded(command, seconds=SECONDS, stdout=output, stderr=subprocess.STDOUT,
                        env=os.environ | {"TMPDIR": str(temporary)},
                        title=f"mmdebstrap {self.release}")
            except Failed as failure:
                raise CannotMake(f"{failure}:\n{tail(log)}") from None


def _remove(*folders: Path) -> None:
    """Removes roots, but nothing that is mounted in them."""
    subprocess.run(["rm", "-rf", "--one-file-system", "--", *map(str, folders)], check=True)


def default_cache() -> Path:
    """Returns where roots are kept: YODEL_SYSTEM_ROOTS, or the build folder of this checkout."""
    project = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("YODEL_SYSTEM_ROOTS") or project / "build" / "system")


def root_for(release: str, cache: Path | None = None) -> Root:
    """Returns the release's root, and makes it first if necessary."""
    root = Root(release, (cache or default_cache()).resolve())
    root.ensure()
    return root
