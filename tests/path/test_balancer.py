"""yodeld on two machines, behind HAProxy and keepalived as docs/machines.md has them."""

import json
import tempfile
import unittest
from pathlib import Path

from case import Running
from cluster import BALANCERS, CLIENT, FILES, SERVERS, Cluster, at
from daemon import BIN, PATIENCE, Journal
from processes import guarded, kill_group, wait_until

CONNECTIONS = 8
MAX_FAILOVER_MS = 3000


class Balanced(unittest.TestCase):
    journal: Journal
    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        cls.journal = Journal()
        cls.addClassCleanup(cls.journal.close)

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="yodel-path-")))
        self.cluster = Cluster(self.journal, self.folder)
        self.addCleanup(self.cluster.close)

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

    def dialogues(self) -> int:
        return sum("YODEL_CLOSE_REASON" in each for each in self.journal.records(PEER_ADDRESS=CLIENT))

    def wait_for_dialogues(self, more: int) -> None:
        goal = self.dialogues() + more
        wait_until(lambda: self.dialogues() >= goal, f"{more} dialogues", PATIENCE)

    def end(self, load: Running) -> dict[str, object]:
        """Ends the load, and returns its record."""
        load.interrupt()
        result = load.end()
        try:
            return json.loads((self.folder / "run.jsonl").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.fail(str(result))

    def documented(self, command: str) -> str:
        self.assertIn(command, (FILES / "machines.md").read_text(encoding="utf-8"))
        return command

    def test_records_and_probe_have_the_clients_address(self) -> None:
        self.talk()
        record = self.cluster.servers[0].record(PROTOCOL="greet", PEER_ADDRESS=CLIENT)
        self.assertEqual(record["YODEL_PROXY_ADDRESS"], BALANCERS[0])
        self.assertRegex(record["MESSAGE"],
                         rf"^connection from {CLIENT}:\d+ via {BALANCERS[0]} closed: .*, 1 message, ")
        said = self.started("ping", "probe", "--count", "1").end().stdout
        self.assertRegex(said, rf"\n\S+ session \d+-\d+, seen from {CLIENT}:\d+ via {BALANCERS[0]}\n")
        # Each balancer checks each listener every second.
        for record in self.journal.records():
            self.assertNotIn(record.get("YODEL_PEER_ADDRESS"), BALANCERS, record)
            self.assertNotIn("refused", record["MESSAGE"])

    def test_a_server_that_dies_takes_no_other_connection_with_it(self) -> None:
        load = self.load()
        self.cluster.servers[0].close()
        # What it had is lost. The rest finds the other server, also before a check has failed.
        self.wait_for_dialogues(50)
        wait_until(lambda: self.cluster.balancers[0].servers("status")["echo-1"].startswith("DOWN"),
                   "HAProxy to find it down", PATIENCE)
        self.wait_for_dialogues(50)
        run = self.end(load)
        self.assertLessEqual(run["failed"], CONNECTIONS, run["errors"])
        self.assertEqual(run["errors"]["refused"], 0)

    def test_a_server_that_is_drained_and_restarted_refuses_nobody(self) -> None:
        load = self.load()
        for balancer in self.cluster.balancers:
            balancer.ask(self.documented("set server greet/echo-1 state drain; set server probe/echo-1 state drain"))
        server = self.cluster.servers[0]
        wait_until(lambda: self.cluster.balancers[0].servers("scur")["echo-1"] == "0", "it to be idle", PATIENCE)
        server.stop()
        self.wait_for_dialogues(50)
        self.cluster.servers[0] = self.cluster.server(0)
        for balancer in self.cluster.balancers:
            balancer.ask(self.documented("set server greet/echo-1 state ready; set server probe/echo-1 state ready"))
        wait_until(lambda: self.journal.records(LISTENER=f"{SERVERS[0]}:9999", PEER_ADDRESS=CLIENT),
                   "it to serve again", PATIENCE)
        run = self.end(load)
        self.assertEqual(run["failed"], 0, run["errors"])

    def test_a_server_that_vanishes_delays_connections_and_fails_none(self) -> None:
        self.cluster.disconnect(0)
        for _ in range(2 * len(SERVERS)):
            self.talk()

    def test_a_balancer_without_haproxy_gives_the_address_away(self) -> None:
        first, second = self.cluster.balancers
        first.kill_haproxy()
        wait_until(second.has_address, "the second balancer to take the address", PATIENCE)
        self.talk()

    def test_a_balancer_that_dies_is_replaced_within_three_seconds(self) -> None:
        first, second = self.cluster.balancers
        ping = self.started("ping", "greet", "--json", "--interval", "100ms")
        ping.wait_for('"reply"', 5)
        self.assertFalse(second.has_address())
        first.fail()
        wait_until(second.has_address, "the second balancer to take the address", PATIENCE)
        before = ping.output().count('"reply"')
        ping.wait_for('"reply"', before + 5)
        ping.interrupt()
        summary = json.loads(ping.end().stdout.splitlines()[-1])
        self.assertEqual(summary["outage_count"], 1, summary)
        print(f"served again after {summary['outage_ms']:.0f} ms", end=" ", flush=True)
        self.assertLess(summary["outage_ms"], MAX_FAILOVER_MS)
        record = self.cluster.servers[0].record(PEER_ADDRESS=CLIENT, PROXY_ADDRESS=BALANCERS[1])
        self.assertEqual(record["YODEL_PROTOCOL"], "greet")


if __name__ == "__main__":
    unittest.main()
