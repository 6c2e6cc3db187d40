"""An outage of three seconds and a half is timed by ping as the test itself times it."""

import re
import time
from dataclasses import dataclass
from datetime import datetime

from case import PathTest

INTERVAL = 0.2
# An established connection repeats a request after 3.0 and 6.2 s: alone, it would find the end of the outage late.
LENGTH = 3.5
# With three of these tests at once on two processors, ping was within one interval each time, of 27. This is for
# sanitizers and slower machines, where its process gets its turn later.
LATE = 0.25


@dataclass
class Span:
    """When an outage began and when it ended: each between two moments."""

    begin: tuple[float, float]
    end: tuple[float, float]


def seconds(text: str) -> float:
    """Returns a time of RFC 3339 in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


class Outage(PathTest):
    def outage(self) -> Span:
        """Makes one, and returns when it was."""
        first = time.time()
        self.path.interrupt()
        second = time.time()
        time.sleep(LENGTH)  # the outage itself
        third = time.time()
        self.path.restore()
        return Span((first, second), (third, time.time()))

    def assert_timed(self, protocol: str, event: str, *options: str) -> None:
        ping = self.started("ping", protocol, "--json", "--interval", f"{INTERVAL}s", *options)
        ping.wait_for(f'"{event}"', 3)
        span = self.outage()
        ping.wait_for(f'"{event}"', ping.output().count(f'"{event}"') + 3)
        ping.interrupt()
        summary = self.objects(ping.end())[-1]
        self.assertEqual(summary["type"], "summary")
        self.assertEqual(summary["outage_count"], 1, summary)
        (said,) = summary["outages"]
        begin, end = seconds(said["from"]), seconds(said["to"])
        slack = INTERVAL + LATE
        self.assertGreater(begin, span.begin[0] - slack)
        self.assertLess(begin, span.begin[1] + slack)
        self.assertGreater(end, span.end[0] - slack)
        self.assertLess(end, span.end[1] + slack)
        length = said["length_ms"] / 1000
        self.assertAlmostEqual(length, end - begin, delta=0.05)
        self.assertGreater(length, span.end[0] - span.begin[1] - slack)
        self.assertLess(length, span.end[1] - span.begin[0] + slack)

    def test_over_an_established_connection(self) -> None:
        self.assert_timed("greet", "reply")

    def test_over_new_connections(self) -> None:
        self.assert_timed("greet", "reply", "--new-connection")

    def test_of_connects(self) -> None:
        self.assert_timed("none", "reply")

    def test_the_summary_says_when_it_was(self) -> None:
        ping = self.started("ping", "greet", "--interval", f"{INTERVAL}s")
        ping.wait_for("reply from", 3)
        span = self.outage()
        ping.wait_for("reply from", ping.output().count("reply from") + 3)
        ping.interrupt()
        said = re.search(r"^1 outage, (\d\.\d) s from (\S+Z) to (\S+Z)$", ping.end().stdout, re.MULTILINE)
        assert said, ping.output()
        slack = INTERVAL + LATE + 0.1  # the summary has tenths of a second
        self.assertAlmostEqual(float(said[1]), LENGTH, delta=slack + span.end[1] - span.begin[0] - LENGTH)
        self.assertAlmostEqual(seconds(said[2]), span.begin[0], delta=slack + span.begin[1] - span.begin[0])
        self.assertAlmostEqual(seconds(said[3]), span.end[0], delta=slack + span.end[1] - span.end[0])
