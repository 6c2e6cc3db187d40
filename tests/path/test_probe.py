"""What a probe session says of the path that leads to it, over a router that changes packets."""

import os
import signal
import socket
import time

from case import PathTest
from daemon import PATIENCE, PORTS
from network import SERVER
from processes import wait_until

PROBE = PORTS["probe"]
STOPPED = 0.3  # seconds


class Probe(PathTest):
    def header(self) -> dict[str, str]:
        """Returns the first line of a session, its words by their keys."""
        with self.path.client.entered():
            connection = socket.create_connection((SERVER, PROBE), PATIENCE)
        with connection, connection.makefile() as lines:
            words = lines.readline().split()
        self.assertEqual(words[0], "probe/1")
        return dict(word.split("=", 1) for word in words[1:])

    def unread(self) -> int:
        """Returns how many bytes wait for the only session (proc_net(5): tcp)."""
        with self.path.server.entered(), open("/proc/thread-self/net/tcp", encoding="ascii") as table:
            rows = [row.split() for row in table]
        (queues,) = [row[4] for row in rows if row[1].endswith(f":{PROBE:04X}") and row[3] == "01"]
        return int(queues.split(":")[1], 16)

    def test_a_syn_is_shown_as_it_arrived(self) -> None:
        self.path.rule("up", "tcp flags & (syn|ack) == syn tcp option maxseg size set 1360")
        self.path.rule("up", "ip dscp set cs1")
        header = self.header()
        self.assertEqual(header["syn.ttl"], "63", "64, less one router")
        self.assertEqual(header["syn.mss"], "1360")
        self.assertEqual(header["syn.dscp"], "8")
        self.assertRegex(header["syn.options"], r"^mss,sack,ts,ws\d+$")
        session, *_ = self.objects(self.yodel("ping", "probe", "--json", "--count", "1"))
        self.assertEqual(session["syn"], {"ttl": 63, "dscp": 8, "mss": 1360, "options": header["syn.options"]})

    def test_an_option_that_the_router_removes_is_absent(self) -> None:
        self.path.rule("up", "tcp flags & (syn|ack) == syn reset tcp option timestamp")
        self.assertRegex(self.header()["syn.options"], r"^mss,sack,ws\d+$")

    def test_with_syn_cookies_nothing_is_known_of_the_syn(self) -> None:
        self.path.server.sysctl("net.ipv4.tcp_syncookies", 2)  # always, as during a flood
        header = self.header()
        self.assertEqual(header["listener"], f"{SERVER}:{PROBE}")
        self.assertEqual([key for key in header if key.startswith("syn.")], [])
        ping = self.yodel("ping", "probe", "--count", "1")
        self.assertRegex(ping.stdout, r"session 3-\d+, seen from .*; it has not kept the SYN \(SYN cookies\?\)\n")
        session, *_ = self.objects(self.yodel("ping", "probe", "--json", "--count", "1"))
        self.assertIsNone(session["syn"])

    def test_without_cookies_ping_does_not_speak_of_them(self) -> None:
        self.assertNotIn("SYN", self.yodel("ping", "probe", "--count", "1").stdout)

    def test_nc_alone_speaks_it(self) -> None:
        said = self.path.client.run("nc", "-N", SERVER, str(PROBE), text_in="1 info\n2 data=hello\n")
        header, first, second = said.stdout.splitlines()
        self.assertTrue(header.startswith("probe/1 "), header)
        self.assertRegex(first, r"^1 rx=\d+\.\d{9} tx=\d+\.\d{9} retransmits=0 rtt_us=\d+ .*mss=1448$")
        self.assertRegex(second, r"^2 rx=\S+ tx=\S+ retransmits=0 data=hello$")

    def test_the_wait_for_a_stopped_session_is_the_servers_share(self) -> None:
        # So long an interval that only one request arrives meanwhile: two would have the later one's time.
        ping = self.started("ping", "probe", "--json", "--interval", "2s")
        ping.wait_for('"reply"')
        session = self.yodeld.session()
        os.kill(session, signal.SIGSTOP)
        before = ping.output().count('"reply"')
        wait_until(self.unread, "a request to arrive", PATIENCE)
        time.sleep(STOPPED)
        os.kill(session, signal.SIGCONT)
        ping.wait_for('"reply"', before + 1)
        ping.interrupt()
        last = self.objects(ping.end())[before + 1]  # after the line about the session
        self.assertGreaterEqual(last["server_ms"], STOPPED * 1000)
        self.assertLess(last["network_ms"], STOPPED * 1000)
        self.assertAlmostEqual(last["server_ms"] + last["network_ms"], last["time_ms"], delta=0.01)
