"""A client behind a router that masquerades: each end sees another address of the client."""

from case import PathTest
from daemon import PORTS
from network import CLIENT, OUTSIDE, SERVER


class Nat(PathTest):
    def setUp(self) -> None:
        super().setUp()
        self.path.masquerade()

    def seen_address(self, protocol: str) -> str:
        """Returns the client's address and port as the server's kernel has them, for the only connection."""
        shown = self.path.server.run("ss", "-Htn", "state", "established",
                                     "sport", "=", f":{PORTS[protocol]}").stdout
        self.assertEqual(len(shown.splitlines()), 1, shown)
        return shown.split()[3]

    def test_the_record_has_the_address_from_outside_and_ping_the_one_inside(self) -> None:
        ping = self.started("ping", "greet", "--json", "--interval", "500ms")
        ping.wait_for('"reply"')
        seen, port = self.seen_address("greet").rsplit(":", 1)
        ping.interrupt()
        reply, *_ = self.objects(ping.end())
        self.assertEqual(seen, OUTSIDE)
        self.assertEqual(reply["peer"], f"{SERVER}:{PORTS['greet']}")
        self.assertRegex(reply["local"], rf"^{CLIENT}:\d+$")
        record = self.yodeld.record(PEER_PORT=port)
        self.assertEqual(record["YODEL_PEER_ADDRESS"], OUTSIDE)
        self.assertNotEqual(reply["local"].rsplit(":", 1)[1], port)

    def test_the_probe_says_which_address_arrived_and_names_its_record(self) -> None:
        ping = self.started("ping", "probe", "--json", "--interval", "500ms")
        ping.wait_for('"reply"')
        seen = self.seen_address("probe")
        ping.interrupt()
        session, *_ = self.objects(ping.end())
        self.assertEqual(session["type"], "session")
        self.assertEqual(session["seen_from"], seen)
        self.assertEqual(seen.rsplit(":", 1)[0], OUTSIDE)
        self.assertRegex(session["local"], rf"^{CLIENT}:\d+$")
        record = self.yodeld.record(SESSION=session["session"])
        self.assertEqual(f"{record['YODEL_PEER_ADDRESS']}:{record['YODEL_PEER_PORT']}", seen)

    def test_a_line_says_so_once(self) -> None:
        said = self.yodel("ping", "probe", "--count", "2", "--interval", "50ms").stdout
        self.assertRegex(said, rf"\n\S+ session 3-1, seen from {OUTSIDE}:20\d\d\d\nreply from ")
        self.assertEqual(said.count("seen from"), 1)
