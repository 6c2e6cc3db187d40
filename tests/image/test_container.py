"""One container of the image: its log, its process 1, its confinement, and what is not in it."""

import ctypes
import re
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from daemon import BIN, PATIENCE, PROJECT
from namespaces import Namespace
from podman import RESTRICTED, Container, Podman
from processes import children, guarded, name_of, text_of, wait_until, zombies

LANDLOCK_CREATE_RULESET = 444
GREET = "127.0.0.1:9999"
PAGE = (PROJECT / "docs" / "machines.md").read_text(encoding="utf-8")


def kernel_has_landlock() -> bool:
    return ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, 1) >= 1


def status(pid: int) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in text_of(f"/proc/{pid}/status").splitlines() if ":\t" in line)


class Image(unittest.TestCase):
    podman: Podman
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="yodel-image-")))
        cls.podman = Podman(cls.folder)
        cls.addClassCleanup(cls.podman.close)

    def setUp(self) -> None:
        self.host = Namespace("host")
        self.addCleanup(self.host.close)

    def started(self, *options: str, trace: Path | None = None, settings: str = "") -> Container:
        """Starts the image as its documentation has it, and returns it once it is ready."""
        if settings:
            options = (*options, self.mounted(settings))
        words = ("run", "--detach", "--name=echo", *RESTRICTED)
        self.assertIn(" ".join(("podman", *words)), PAGE)
        command = self.podman.command(*words, *options, self.podman.image)
        if trace:
            command = ["strace", "--daemonize", "--follow-forks", "--seccomp-bpf", "--decode-pids=comm",
                       "--trace=landlock_restrict_self,execve", f"--output={trace}", *command]
        # strace(1) ends with the container, and would keep pipes open so long.
        guarded(self.host.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.podman.run, "rm", "--force", "--time=0", "echo")
        container = Container(self.podman, "echo")
        container.wait_until_ready()
        return container

    def mounted(self, settings: str) -> str:
        """Writes the file of a container, and returns the option that mounts it."""
        file = self.folder / "yodeld.toml"
        file.write_text(settings, encoding="utf-8")
        return f"--volume={file}:/etc/yodel/yodeld.toml:ro"

    def yodel(self, *words: str, status: int | None = 0) -> str:
        return self.host.run(BIN / "yodel", *words, status=status).stdout

    def acceptors(self, container: Container) -> list[int]:
        return [each for each in children(int(container.inspect(".State.Pid"))) if name_of(each) == "yodel-acceptor"]

    def test_writes_each_record_as_an_object(self) -> None:
        container = self.started()
        self.assertIn("hello, alice!", self.yodel("talk", "--server", GREET, "alice"))
        self.yodel("ping", "--server", "127.0.0.1:9998", "--protocol", "echo", "--count", "1")
        self.yodel("ping", "--server", "127.0.0.1:9997", "--protocol", "probe", "--count", "1")
        for protocol in ("greet", "echo", "probe"):
            record = container.record(PROTOCOL=protocol)
            self.assertEqual(record["YODEL_PEER_ADDRESS"], "127.0.0.1")
            self.assertEqual((record["SYSLOG_IDENTIFIER"], record["PRIORITY"]), ("yodeld", "6"))
            self.assertRegex(record["__REALTIME_TIMESTAMP"], r"^\d{16}$")

    def test_process_1_replaces_an_acceptor_and_reaps_its_sessions(self) -> None:
        container = self.started()
        manager = int(container.inspect(".State.Pid"))
        self.assertEqual(status(manager)["NSpid"].split()[-1], "1")
        with self.host.entered():
            peers = [connected() for _ in range(5)]
        for peer in peers:
            self.assertEqual(peer.recv(7), b"welcome")
        before = self.acceptors(container)
        busy = [each for each in before if len(children(each)) == len(peers)]
        self.assertEqual(len(busy), 1)
        guarded(["kill", "-KILL", str(busy[0])])
        # The sessions lose their parent, and process 1 is who has to reap them.
        for peer in peers:
            self.assertEqual(peer.recv(100), b"")
            peer.close()
        wait_until(lambda: len(set(self.acceptors(container)) - set(before)) == 1, "another acceptor", PATIENCE)
        wait_until(lambda: zombies(children(manager)) == 0, "all to be reaped", PATIENCE)
        self.assertIn("hello, bob!", self.yodel("talk", "--server", GREET, "--connect-timeout", "30s", "bob"))

    def test_stops_within_its_grace_and_answers_what_it_owes(self) -> None:
        container = self.started(settings='[[listen]]\naddress = "0.0.0.0"\n[greet]\ndelay = "2s"\n'
                                          '[log]\nformat = "json"\n')
        with self.host.entered():
            idle, owed = connected(), connected()
        for peer in (idle, owed):
            self.assertEqual(peer.recv(7), b"welcome")
        owed.sendall(b"alice\n")
        wait_until(lambda: not self.unread(), "the message to be read", PATIENCE)
        self.podman.run("stop", "--time=25", "echo")
        self.assertEqual(idle.recv(100), b"")
        self.assertEqual(owed.recv(100), b"hello, alice!\n")
        self.assertEqual(container.inspect(".State.ExitCode"), "0", "137 would be SIGKILL")
        self.assertIn("stopped after 2 connections", container.records()[-1]["MESSAGE"])

    def unread(self) -> int:
        """Returns how many bytes wait for sessions to read them."""
        lines = self.host.run("ss", "-Htn", "state", "established", "sport", "=", ":9999").stdout.splitlines()
        return sum(int(line.split()[0]) for line in lines)

    def test_a_hangup_reloads_it(self) -> None:
        container = self.started(settings='[[listen]]\naddress = "0.0.0.0"\n[log]\nformat = "json"\n')
        self.mounted('[[listen]]\naddress = "0.0.0.0"\n[greet]\nwelcome = "moin"\n[log]\nformat = "json"\n')
        self.podman.run("kill", "--signal=HUP", "echo")
        wait_until(lambda: [each for each in container.records() if each["MESSAGE"].startswith("reloaded")],
                   "the reload", PATIENCE)
        self.assertIn("moin", self.yodel("talk", "--server", GREET, "alice"))

    def test_a_wrong_file_is_reported_and_ends_it(self) -> None:
        result = self.podman.run("run", "--rm", *RESTRICTED, self.mounted("[log]\nformat = 1\n"), self.podman.image,
                                 namespace=self.host, status=None)
        self.assertEqual(result.status, 78, result)
        self.assertIn('/etc/yodel/yodeld.toml:2:10: error: format: expected "text" or "json"', result.stderr)

    def test_its_confinement_is_complete(self) -> None:
        trace = self.folder / "trace"
        container = self.started(trace=trace)
        with self.host.entered():
            peer = connected()
        self.assertEqual(peer.recv(7), b"welcome")
        acceptors = self.acceptors(container)
        self.assertEqual(len(acceptors), 3)
        sessions = [each for acceptor in acceptors for each in children(acceptor)]
        self.assertEqual(len(sessions), 1)
        for pid in (*acceptors, *sessions):
            found = status(pid)
            self.assertEqual(found["Uid"].split(), ["65532"] * 4)
            for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                self.assertEqual(int(found[kind], 16), 0, kind)
            self.assertEqual(found["NoNewPrivs"], "1")
            self.assertEqual(found["Seccomp"], "2")
            self.assertGreaterEqual(int(found["Seccomp_filters"]), 2, "the container's and the acceptor's own")
        peer.close()
        # Nothing in /proc shows Landlock, so the start was traced.
        restricted = re.findall(r"^\d+<yodel-acceptor> landlock_restrict_self\(.*\) = 0$", text_of(trace), re.MULTILINE)
        self.assertEqual(len(restricted), len(acceptors) if kernel_has_landlock() else 0, text_of(trace)[-3000:])

    def test_there_is_nothing_else_in_it(self) -> None:
        mounted = Path(self.podman.run("image", "mount", self.podman.image).stdout.split()[-1])
        self.addCleanup(self.podman.run, "image", "unmount", self.podman.image)
        programs = [each for each in mounted.rglob("*")
                    if each.is_file() and not each.is_symlink() and each.stat().st_mode & 0o111
                    and ".so" not in each.name]
        self.assertEqual(sorted(each.relative_to(mounted).as_posix() for each in programs),
                         ["usr/bin/yodel", "usr/libexec/yodel/yodel-acceptor", "usr/sbin/yodeld"])
        for each in mounted.rglob("*"):
            if each.is_file() and not each.is_symlink():
                self.assertEqual(each.stat().st_mode & 0o6000, 0, f"{each} is set-user-ID")
        self.assertEqual(self.podman.run("image", "inspect", "--format", "{{.User}}", self.podman.image).stdout.strip(),
                         "65532:65532")


def connected() -> socket.socket:
    return socket.create_connection(("127.0.0.1", 9999), PATIENCE)


if __name__ == "__main__":
    unittest.main()
