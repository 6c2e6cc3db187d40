"""The base of the tests of a cluster: a load at the client, and servers that are taken out and put back."""

import json
import tempfile
import unittest
from pathlib import Path

from case import Running
from cluster import CLIENT, FILES, Cluster, at
from daemon import BIN, PATIENCE, Journal
from processes import guarded, kill_group, wait_until

CONNECTIONS = 8


class ClusterTest(unittest.TestCase):
    """A test that begins with two balancers and two servers, all of which serve."""

    folder: Path
    journal: Journal
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cls.journal = Journal()
        cls.addClassCleanup(cls.journal.close)

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="yodel-path-")))
        self.cluster = self.make_cluster()
        self.addCleanup(self.cluster.close)

    def make_cluster(self) -> Cluster:
        return Cluster(self.journal, self.folder)

    def talk(self) -> None:
        said = guarded(self.cluster.command(BIN / "yodel", "talk", "--server", at("greet"), "alice")).stdout
        self.assertIn("hello, alice!", said)

    def started(self, command: str, protocol: str, *options: str) -> Running:
        words = [BIN / "yodel", command, "--server", at(protocol), "--protocol", protocol, *options]
        running = Running(self.cluster.command(*words), self.folder)
        self.addCleanup(kill_group, running.process)
        return running

    def load(self) -> Running:
        """Starts a load of one dialogue after another, until it is interrupted; returns it under way."""
        load = self.started("bench", "greet", "--new-connection", "--connections", str(CONNECTIONS),
                            "--duration", "5m", "--json", str(self.folder / "run.jsonl"))
        self.wait_for_dialogues(50)
        return load

    def dialogues(self, **fields: str) -> int:
        return sum("YODEL_CLOSE_REASON" in each for each in self.cluster.records(PEER_ADDRESS=CLIENT, **fields))

    def wait_for_dialogues(self, more: int, **fields: str) -> None:
        goal = self.dialogues(**fields) + more
        wait_until(lambda: self.dialogues(**fields) >= goal, f"{more} dialogues", PATIENCE)

    def end(self, load: Running) -> dict[str, object]:
        """Ends the load, and returns its record."""
        load.interrupt()
        result = load.end()
        try:
            return json.loads((self.folder / "run.jsonl").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.fail(str(result))

    def drain(self, number: int = 0) -> None:
        """Takes a server out of service, and waits until it has no connection."""
        self._set(number, "drain")
        wait_until(lambda: self.cluster.balancers[0].servers("scur")[f"echo-{number + 1}"] == "0", "it to be idle",
                   PATIENCE)

    def put_back(self, number: int = 0) -> None:
        self._set(number, "ready")

    def _set(self, number: int, state: str) -> None:
        documented = f"set server greet/echo-1 state {state}; set server probe/echo-1 state {state}"
        self.assertIn(documented, (FILES / "machines.md").read_text(encoding="utf-8"))
        for balancer in self.cluster.balancers:
            balancer.ask(documented.replace("echo-1", f"echo-{number + 1}"))
