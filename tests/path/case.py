"""The base of the tests on real paths: each test has a path, a daemon at its far end and yodel at the near one."""

import json
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from daemon import BIN, PATIENCE, PORTS, Journal, Yodeld
from network import SERVER
from network import Path as NetworkPath
from processes import Result, guarded, kill_group, start, text_of, wait_until


class Running:
    """A program that runs while the test does something to the path. Its output goes to files."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process: subprocess.Popen[str] = start(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def output(self) -> str:
        return text_of(self._out)

    def wait_for(self, text: str, count: int = 1) -> None:
        """Waits until `text` has been printed `count` times."""
        wait_until(lambda: self.output().count(text) >= count, f"{count} times '{text}'", PATIENCE, self.process)

    def interrupt(self) -> None:
        """Does what Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def end(self) -> Result:
        """Waits for its end."""
        status = self.process.wait(PATIENCE)
        return Result("the program in the background", status, self.output(), text_of(self._err))


class PathTest(unittest.TestCase):
    """A test that begins with an unhindered path. Times that it expects are in seconds."""

    path: NetworkPath
    yodeld: Yodeld
    journal: Journal
    config = ""  # more of the daemon's file

    @classmethod
    def setUpClass(cls) -> None:
        cls.journal = Journal()
        cls.addClassCleanup(cls.journal.close)

    def setUp(self) -> None:
        self.path = NetworkPath()
        self.addCleanup(self.path.close)
        self.yodeld = Yodeld(self.path.server, SERVER, self.journal, self.config)
        self.addCleanup(self.yodeld.close)

    def command(self, command: str, protocol: str, *options: str) -> list[str]:
        """Returns the command that runs yodel at the near end, against the daemon's listener for `protocol`."""
        server = f"{SERVER}:{PORTS.get(protocol, PORTS['greet'])}"
        words = [BIN / "yodel", command, "--server", server]
        if command != "echo":
            words += ["--protocol", protocol]
        return self.path.client.command(*words, *options)

    def yodel(self, command: str, protocol: str, *options: str, status: int | None = 0,
              text_in: str | None = None) -> Result:
        """Runs yodel to its end, as command() has it."""
        return guarded(self.command(command, protocol, *options), status=status, text_in=text_in)

    def started(self, command: str, protocol: str, *options: str) -> Running:
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="yodel-path-"))
        running = Running(self.command(command, protocol, *options), Path(folder))
        self.addCleanup(kill_group, running.process)
        return running

    def objects(self, result: Result) -> list[dict[str, Any]]:
        """Returns the JSON objects of an output that has one on each line."""
        return [json.loads(line) for line in result.stdout.splitlines()]
