"""Segments that a path loses: the end that sends them again counts them, as its kernel does."""

import json
import re
import tempfile
from pathlib import Path

from case import PathTest

# One of 20 segments with data, the eighth first, of the first 400 kB: not the last ones of a transfer.
LOSES_SOME = ("tcp flags & (syn|ack) == ack ip length > 60 quota until 400 kbytes "
              "numgen inc mod 20 7 counter drop")
LOSES_FIRST = "numgen inc mod 65536 0 counter drop"
DATA = "x" * 800_000


class Loss(PathTest):
    def assert_lost_and_repeated(self, repeated: int) -> None:
        """Each loss is repeated once, and what is repeated may be lost again."""
        self.assertGreater(self.path.dropped(), 3)
        self.assertGreaterEqual(repeated, self.path.dropped())

    def test_ping_shows_what_its_kernel_sent_again(self) -> None:
        self.path.rule("up", "ip length > 60 tcp flags & syn == 0 numgen inc mod 20 4 counter drop")
        result = self.yodel("ping", "greet", "--json", "--count", "30", "--interval", "20ms")
        *replies, summary = self.objects(result)
        repeated = self.path.client.retransmitted()
        self.assertGreaterEqual(repeated, 1)
        self.assertGreaterEqual(repeated, self.path.dropped())
        self.assertEqual(sum(each["tcp"]["retransmits"] for each in replies), repeated)
        self.assertEqual(summary["retransmits"], repeated)
        self.assertEqual(self.yodeld.record(PROTOCOL="greet")["YODEL_TCP_RETRANSMITS"],
                         str(self.path.server.retransmitted()))

    def test_a_line_of_ping_says_so_only_where_something_was_sent_again(self) -> None:
        self.path.rule("up", f"ip length > 60 tcp flags & syn == 0 {LOSES_FIRST}")
        result = self.yodel("ping", "greet", "--count", "3", "--interval", "500ms")
        lines = [line for line in result.stdout.splitlines() if line.startswith("reply from")]
        counts = [int(count or 0) for line in lines for count in re.findall(r" ms(?: retransmits=(\d+))?$", line)]
        self.assertEqual(len(counts), 3, result)
        self.assertGreater(counts[0], 0)
        self.assertEqual(sum(counts), self.path.client.retransmitted())
        self.assertRegex(result.stdout, rf"\n{sum(counts)} retransmits?\n")

    def test_bench_shows_what_its_kernel_sent_again(self) -> None:
        self.path.rule("up", LOSES_SOME)
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="yodel-path-"))
        figures = Path(folder, "figures.json")
        result = self.yodel("bench", "echo", "--connections", "4", "--count", "400", "--size", "4000",
                            "--json", str(figures))
        repeated = self.path.client.retransmitted()
        self.assert_lost_and_repeated(repeated)
        self.assertEqual(json.loads(figures.read_text())["tcp"]["retransmits"], repeated)
        self.assertIn(f"{repeated} segments retransmitted", result.stdout)

    def test_the_record_has_what_the_servers_kernel_sent_again(self) -> None:
        self.path.rule("down", LOSES_SOME)
        echoed = self.yodel("echo", "echo", text_in=DATA)
        self.assertEqual(echoed.stdout, DATA)
        repeated = self.path.server.retransmitted()
        self.assert_lost_and_repeated(repeated)
        record = self.yodeld.record(PROTOCOL="echo")
        self.assertEqual(record["YODEL_TCP_RETRANSMITS"], str(repeated))
        self.assertIn(f", {repeated} retransmits, ", record["MESSAGE"])
        self.assertEqual(record["YODEL_TCP_MSS"], "1448")
        self.assertGreater(int(record["YODEL_TCP_RTT_USEC"]), 0)
        self.assertLess(self.path.client.retransmitted(), repeated)
