"""yodeld on two machines, behind HAProxy and keepalived as docs/machines.md has them."""

import json
import unittest

from balanced import CONNECTIONS, ClusterTest
from cluster import BALANCERS, CLIENT, SERVERS
from daemon import PATIENCE
from processes import wait_until

MAX_FAILOVER_MS = 3000


class Balanced(ClusterTest):
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
        self.drain()
        self.cluster.servers[0].stop()
        self.wait_for_dialogues(50)
        self.cluster.servers[0] = self.cluster.server(0)
        self.put_back()
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
