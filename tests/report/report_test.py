#!/usr/bin/env python3
"""Checks the page of `yodel bench --report` in a real browser, with runs against a real yodeld.

  YODEL_BIN_DIR=build/release/bin tests/report/report_test.py
With YODEL_SCREENSHOTS=FOLDER it saves screenshots there.
"""

import json
import os
import pathlib
import re
import sys
import tempfile
import unittest
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/soak")]
from browser import Browser
from daemon import Daemon
from processes import guarded

BIN = pathlib.Path(os.environ.get("YODEL_BIN_DIR", ROOT / "build/release/bin")).resolve()
# The figures in the order of the page: name there -> key in the JSON, and the values it needs.
FIGURES = {"p50": ("p50", 2), "p90": ("p90", 10), "p99": ("p99", 100), "p99.9": ("p99_9", 1000),
           "max": ("max", 1), "mean": ("mean", 1), "min": ("min", 1), "count": ("count", 1)}
COMPARED = ("p50", "p99", "max", "p90", "p99.9", "mean", "min", "count")
FEW = 30  # fewer values are shown as dots
CHARTED = {"since_intended_start": "Since intended start", "round_trip": "Round trip",
           "whole": "Whole connection", "connect": "Connect", "first_byte": "First byte"}
KINDS = {**CHARTED, "send_delay": "Send delay"}
SCREENS = [(360, "light"), (360, "dark"), (375, "dark"), (768, "light"), (1280, "dark"), (1280, "light")]

# The cells of the table under `heading`: row -> column -> the values of its <data>.
TABLE = """
const heading = [...document.querySelectorAll("h2")].find(each => each.textContent === "%s");
let at = heading.nextElementSibling;
while (!at.matches(".table")) at = at.nextElementSibling;
const heads = [...at.querySelectorAll("thead tr > *")].map(each => each.textContent);
const rows = [];
for (const row of at.querySelectorAll("tbody tr")) {
  const [head, ...cells] = row.children;
  rows.push([head.textContent, cells.map(cell => [...cell.querySelectorAll("data")].map(
      each => ({value: Number(each.value), text: each.textContent})))]);
}
return {heads, rows};
"""


def overlap(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return (left["left"] < right["right"] and right["left"] < left["right"] and
            left["top"] < right["bottom"] and right["top"] < left["bottom"])


class Report(unittest.TestCase):
    """Each page is made once. `new` is an open loop with a new connection for each request,
    compared with `old`; `alone` is the same without a comparison; the server of `broken` is dead."""

    folder: pathlib.Path
    browser: Browser

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="yodel-report-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        daemon = Daemon(BIN)
        cls.addClassCleanup(daemon.close)
        server = f"127.0.0.1:{daemon.greet}"
        fresh = ["-c", "4", "--new-connection", "--rate", "400", "-d", "2s"]
        cls.bench(server, "old", ["-c", "4", "-d", "1s"])
        cls.bench(server, "new", fresh, "--compare", str(cls.folder / "old.json"))
        cls.bench(server, "alone", fresh)
        daemon.kill()  # its listening sockets live on, so connections wait in vain
        cls.bench(server, "broken", ["-c", "2", "-n", "4", "--new-connection", "--timeout", "200ms"],
                  status=5)

    @classmethod
    def bench(cls, server: str, name: str, arguments: list[str], *more: str,
              status: int = 0) -> None:
        guarded([BIN / "yodel", "bench", "-s", server, *arguments,
                 "--json", cls.folder / f"{name}.json",
                 "--report", cls.folder / f"{name}.html", *more], status=status)

    def figures(self, name: str) -> dict[str, Any]:
        return json.loads((self.folder / f"{name}.json").read_text())

    def open(self, name: str, **how: Any) -> None:
        self.browser.open(self.folder / f"{name}.html", **how)

    def table(self, heading: str) -> dict[str, Any]:
        table = self.browser.run(TABLE % heading)
        return {"heads": table["heads"], "rows": dict(table["rows"])}

    # --- it loads ---

    def test_the_console_stays_silent(self) -> None:
        for name in ("old", "new", "alone", "broken"):
            with self.subTest(name):
                self.open(name)
                self.assertEqual(self.browser.console(), [])
                self.assertTrue(self.browser.run("return document.title").startswith(
                    "yodel bench: 127.0.0.1:"))

    def test_the_console_reports_violations(self) -> None:
        page = self.folder / "wrong.html"
        page.write_text((self.folder / "old.html").read_text().replace(
            "<main>", "<main><script>throw 1</script><img src='https://192.0.2.1/'>"))
        self.browser.open(page)
        messages = "\n".join(self.browser.console())
        self.assertIn("Content Security Policy", messages)
        self.assertIn("script-src", messages)
        self.assertIn("img-src", messages)

    def test_it_is_self_contained(self) -> None:
        self.open("new")
        requests = self.browser.requests()
        self.assertIn("new.html", requests)
        asked = [line for line in requests.splitlines()
                 if "new.html" not in json.loads(line)["message"]["params"]["request"]["url"]
                 and not json.loads(line)["message"]["params"]["request"]["url"].startswith("data:")]
        self.assertEqual(asked, [])
        self.assertEqual(self.browser.run("return document.scripts.length"), 0)

    # --- it shows the figures of the JSON ---

    def expect_latencies(self, *runs: str) -> None:
        figures = [self.figures(name)["latency_ms"] for name in runs]
        table = self.table("Latency")
        measured = [kind for kind in KINDS if any(each[kind] for each in figures)]
        self.assertEqual(table["heads"], ["", *(KINDS[kind] for kind in measured)])
        self.assertEqual(list(table["rows"]), list(COMPARED if len(runs) > 1 else FIGURES))
        for figure, (key, min_count) in FIGURES.items():
            for column, kind in enumerate(measured):
                shown = [each["value"] for each in table["rows"][figure][column]]
                self.assertEqual(shown, [each[kind][key] for each in figures
                                         if each[kind] and each[kind]["count"] >= min_count],
                                 f"{figure} of {kind}")

    def test_it_shows_the_latencies(self) -> None:
        for name in ("old", "alone"):
            with self.subTest(name):
                self.open(name)
                self.expect_latencies(name)
                charts = self.browser.run(
                    "return [...document.querySelectorAll('h3')].map(each => each.textContent)")
                times = self.figures(name)["latency_ms"]
                self.assertEqual(charts, [CHARTED[kind] for kind in CHARTED if times[kind]])

    def test_people_read_what_machines_read(self) -> None:
        self.open("alone")
        factor = {"µs": 1e-3, "ms": 1.0, "s": 1e3}
        read = 0
        for figure, cells in self.table("Latency")["rows"].items():
            for shown in (each for cell in cells for each in cell):
                number, *unit = shown["text"].replace(",", "").split()
                value = float(number) * (factor[unit[0]] if unit else 1)
                self.assertAlmostEqual(value, shown["value"],
                                       delta=max(shown["value"] * 5e-4, 5e-7), msg=figure)
                read += 1
        counts = [each["count"] for each in self.figures("alone")["latency_ms"].values()]
        self.assertEqual(read, sum(count >= min_count for count in counts
                                   for _, min_count in FIGURES.values()))

    def test_it_shows_the_outcome(self) -> None:
        rows = {"Replies per second": "replies_per_s", "Replies": "replies", "Failed": "failed",
                "Time": "elapsed_s", "Connections made": "connections", "Sent": "bytes_sent",
                "Received": "bytes_received"}
        kernel = {"TCP round trip": "rtt_ms", "… minimum": "min_rtt_ms",
                  "Segments retransmitted": "retransmits", "MSS": "mss"}
        for name in ("alone", "broken"):
            with self.subTest(name):
                self.open(name)
                shown = self.table("Outcome")["rows"]
                for row, key in rows.items():
                    self.assertEqual(shown[row][0][0]["value"], self.figures(name)[key], row)
                for row, key in kernel.items():
                    self.assertEqual(shown[row][0][0]["value"], self.figures(name)["tcp"][key], row)
        self.assertEqual(self.figures("broken")["errors"]["timed_out"], 4)
        self.assertEqual(shown["… timed out"][0][0]["value"], 4)
        self.assertNotIn("… connection refused", shown)

    def test_it_shows_when_errors_occurred(self) -> None:
        captions = ("return [...document.querySelectorAll('figcaption')]"
                    ".map(each => each.textContent)")
        self.open("broken")
        self.assertIn("Errors per second", self.browser.run(captions))
        # The texts under the pointer, in one of the charts.
        texts = self.browser.run("""
          return [...document.querySelector(".charts svg").querySelectorAll("title")]
              .map(each => each.textContent);""")
        series = self.figures("broken")["time_series"]
        self.assertEqual([float(re.search(r"(\S+) errors/s$", each)[1]) for each in texts],
                         [each / series["interval_s"] for each in series["errors"]])
        self.open("alone")
        self.assertNotIn("Errors per second", self.browser.run(captions))
        self.assertIn("No request failed.", self.browser.run("return document.body.innerText"))

    # --- the key figures ---

    def tiles(self) -> list[dict[str, Any]]:
        return self.browser.run("""
          return [...document.querySelectorAll(".tile")].map(tile => ({
            name: tile.querySelector("h2").textContent,
            figure: tile.querySelector(".figure").textContent,
            was: tile.querySelector(".was")?.textContent ?? null,
            bottom: tile.getBoundingClientRect().bottom,
            values: [...tile.querySelectorAll("data")].map(each => Number(each.value))}));""")

    def test_the_key_figures_come_first(self) -> None:
        figures = self.figures("alone")
        self.open("alone")
        tiles = self.tiles()
        self.assertEqual([each["name"] for each in tiles],
                         ["Replies per second", "p50 since intended start",
                          "p99 since intended start", "Failed"])
        times = figures["latency_ms"]["since_intended_start"]
        self.assertEqual([each["values"] for each in tiles],
                         [[figures["replies_per_s"]], [times["p50"]], [times["p99"]], [0]])
        self.assertEqual({each["was"] for each in tiles}, {None})
        self.assertLess(max(each["bottom"] for each in tiles), 400, "on the first screen")

    def test_each_key_figure_has_the_old_one(self) -> None:
        new, old = self.figures("new"), self.figures("old")
        self.open("new")
        tiles = self.tiles()
        # The kind of time that both have measured.
        self.assertEqual([each["name"] for each in tiles],
                         ["Replies per second", "p50 round trip", "p99 round trip", "Failed"])
        values = [(run["replies_per_s"], run["latency_ms"]["round_trip"]["p50"],
                   run["latency_ms"]["round_trip"]["p99"], 0) for run in (new, old)]
        self.assertEqual([tuple(each["values"]) for each in tiles], list(zip(*values)))
        for each in tiles:
            self.assertTrue(each["was"].startswith("was "), each)

    def test_a_verdict_is_more_than_a_colour(self) -> None:
        self.open("new")
        colours = self.browser.run("""
          return [...document.querySelectorAll("small.better, small.worse")].map(each => [
              each.className, each.textContent, getComputedStyle(each).color]);""")
        for kind, text, _ in colours:
            self.assertRegex(text, rf"^[\u25b2\u25bc] .* {kind}$")

    def test_values_can_be_read_without_a_pointer(self) -> None:
        self.open("alone")
        texts = [each["text"] for each in self.browser.texts()]
        self.assertIn("400 requests due", texts)
        for name in ("p50", "p99"):
            seen = [each for each in texts if re.fullmatch(rf"{name} [0-9.]+ (\u00b5s|ms|s)", each)]
            self.assertEqual(len(seen), len(CHARTED), name)
        captions = " ".join(self.browser.run(
            "return [...document.querySelectorAll('figcaption')].map(each => each.textContent)"))
        self.assertRegex(captions, r"p50: [0-9.]+ (\u00b5s|ms)")

    def test_a_table_shows_that_it_scrolls(self) -> None:
        scrolled = """
          return [...document.querySelectorAll(".table")].map(each => ({
            more: each.scrollWidth > each.clientWidth,
            shadows: getComputedStyle(each).backgroundAttachment}));"""
        self.open("new", width=360)
        tables = self.browser.run(scrolled)
        self.assertTrue(any(each["more"] for each in tables), "at least one table scrolls")
        for each in tables:
            self.assertEqual(each["shadows"], "local, local, scroll, scroll, scroll")

    # --- two runs ---

    def test_it_compares_two_runs(self) -> None:
        self.open("new")
        self.expect_latencies("new", "old")
        outcome = self.table("Outcome")
        self.assertEqual([each.strip() for each in outcome["heads"]], ["", "this run", "old run"])
        for column, name in enumerate(("new", "old")):
            self.assertEqual(outcome["rows"]["Replies"][column][0]["value"],
                             self.figures(name)["replies"])
        # A chart has both runs if both have measured its kind of time.
        lines = self.browser.run("""
          const lines = {};
          for (const each of document.querySelectorAll("h3")) {
            lines[each.textContent] = [...each.nextElementSibling.nextElementSibling
                .querySelectorAll(".line")].map(line => line.classList[1]);
          }
          return lines;""")
        for kind, title in CHARTED.items():
            times = self.figures("old")["latency_ms"][kind]
            both = ["old", "this"]
            curve = both if times and times["count"] >= FEW else ["this"]
            self.assertEqual(lines[title], (both if times else ["this"]) + curve, title)
        text = self.browser.run("return document.body.innerText")
        self.assertIn("The setups of the two runs differ: Load, Connections, Ends after.", text)
        self.assertIn("yodel bench -s", text)
        before, now = (self.figures(name)["latency_ms"]["round_trip"]["p50"]
                       for name in ("old", "new"))
        change = f"{(now - before) / before * 100:+.1f} %"
        self.assertIn(change if now < 10 * before else f"× {now / before:.3g}", text)

    def test_texts_of_another_file_are_escaped(self) -> None:
        old = self.figures("old")
        hostile = "</title></style><script>throw 1</script><img src=x onerror=alert(1)>\"'&amp;"
        old["run"]["server"] = old["run"]["description"] = old["started"] = hostile
        old["run"]["protocol"] = old["yodel"] = hostile
        old["client_limits"] = [hostile]
        (self.folder / "hostile.json").write_text(json.dumps(old))
        # There is no server: only the old run matters here.
        self.bench("127.0.0.1:1", "suspect", ["-n", "1"], "--compare",
                   str(self.folder / "hostile.json"), status=4)
        self.open("suspect")
        self.assertEqual(self.browser.console(), [])
        self.assertEqual(self.browser.run("return document.querySelectorAll('script, img').length"),
                         0)
        self.assertGreaterEqual(
            self.browser.run("return document.body.innerText").count(hostile), 5)

    # --- it can be read ---

    def test_it_fits_every_screen(self) -> None:
        for name in ("new", "alone", "broken"):
            for width, scheme in SCREENS:
                with self.subTest(name, width=width, scheme=scheme):
                    self.open(name, width=width, scheme=scheme)
                    self.expect_readable(width)
                    if folder := os.environ.get("YODEL_SCREENSHOTS"):
                        self.browser.save_screenshot(
                            pathlib.Path(folder) / f"{name}-{width}-{scheme}.png")

    def expect_readable(self, width: int) -> None:
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)
        texts = self.browser.texts()
        self.assertGreater(len(texts), 50)
        for each in texts:
            self.assertGreaterEqual(each["size"], 11, each)
            self.assertGreaterEqual(each["contrast"], 4.5, each)
            if not each["scrolls"]:
                self.assertGreaterEqual(each["left"], 0, each)
                self.assertLessEqual(each["right"], width, each)
        for i, left in enumerate(texts):
            for right in texts[i + 1:]:
                self.assertFalse(overlap(left, right), (left, right))

    def test_each_chart_is_drawn_in_its_box(self) -> None:
        for width in (360, 1280):
            self.open("new", width=width)
            charts = self.browser.run("""
              return [...document.querySelectorAll("svg")].map(svg => ({
                width: svg.getBoundingClientRect().width,
                lines: [...svg.querySelectorAll(".line")].map(line => {
                  const box = line.getBBox();
                  return [box.x, box.y, box.x + box.width, box.y + box.height];
                }),
                ticks: svg.parentElement.querySelectorAll(".x").length,
                levels: svg.parentElement.querySelectorAll(".y").length}));""")
            # Each kind has two charts. Over time there are the rate, p50, the maximum, and p99,
            # which needs intervals with 100 replies: the old run has them.
            self.assertEqual(len(charts), 2 * len(CHARTED) + 4)
            for chart in charts:
                self.assertGreater(chart["width"], 0.6 * min(width, 600))
                self.assertGreaterEqual(chart["ticks"], 2)
                self.assertGreaterEqual(chart["levels"], 2)
                self.assertGreaterEqual(len(chart["lines"]), 1)
                for left, top, right, bottom in chart["lines"]:
                    self.assertGreaterEqual(min(left, top), 0)
                    self.assertLessEqual(max(right, bottom), 2000)
                    self.assertGreater(right - left, 0)

    def test_it_follows_the_scheme(self) -> None:
        papers = {}
        for scheme in ("light", "dark"):
            self.open("alone", scheme=scheme)
            papers[scheme] = self.browser.run("return getComputedStyle(document.body).backgroundColor")
        self.assertEqual(papers["light"], "rgb(255, 255, 255)")
        self.assertNotEqual(papers["dark"], papers["light"])

    def test_it_is_printed_dark_on_light(self) -> None:
        self.open("new", scheme="dark", media="print")
        self.assertEqual(self.browser.run("return getComputedStyle(document.body).backgroundColor"),
                         "rgb(255, 255, 255)")
        self.assertGreater(min(each["contrast"] for each in self.browser.texts()), 4.5)
        paper = self.browser.paper()
        for name in ("new", "old"):
            self.assertIn(f'{self.figures(name)["replies"]:,}', paper)
        shown = [each["text"] for row in self.table("Latency")["rows"].values()
                 for cell in row for each in cell]
        self.assertEqual([text for text in shown if text not in paper], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
