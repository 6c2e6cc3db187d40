#!/usr/bin/env python3
"""Checks the manual pages and the catalog against the file and the source that they describe."""

import pathlib
import re
import shutil
import tempfile
import tomllib
import unittest

from documents import BIN, MAN, ROOT, entries, run, sections

CATALOG = ROOT / "packaging/yodel.catalog"


class File(unittest.TestCase):
    """yodeld.toml(5) against config/yodeld.toml."""

    @classmethod
    def setUpClass(cls):
        cls.documented = {}  # (table, key) -> (type, text)
        table = None
        for line in sections("yodeld.toml.5")["KEYS"]:
            header = re.fullmatch(r"   \[+(\w+)\]+", line)
            table = header[1] if header else table
            head = re.fullmatch(r"       (\w+) = (\w+)", line)
            if head:
                entry = (table, head[1])
                cls.documented[entry] = [head[2], ""]
            elif line.startswith(" " * 8) and cls.documented:
                cls.documented[entry][1] += line.strip() + "\n"

        text = (ROOT / "config/yodeld.toml").read_text()
        cls.values = {}  # (table, key) -> value; None where the key is commented out
        cls.comments = {}  # (table, key) -> the comment above it
        for table, values in tomllib.loads(text).items():
            for key, value in (values[0] if isinstance(values, list) else values).items():
                cls.values[table, key] = value
        table, comment = None, ""
        for line in text.splitlines():
            header = re.match(r"\[+(\w+)\]+$", line)
            key = re.match(r"(# )?([a-z_]+) = ", line)
            if header:
                table, comment = header[1], ""
            elif key and table:
                if key[1]:
                    cls.values[table, key[2]] = None
                cls.comments[table, key[2]], comment = comment, ""
            elif line.startswith("#"):
                comment += line[1:] + "\n"

    def test_it_was_read(self):
        self.assertEqual(self.values["listen", "port"], 9999)
        self.assertIsNone(self.values["listen", "name"])
        self.assertEqual(self.values.keys(), self.comments.keys())

    def test_the_page_has_each_key_and_no_other(self):
        self.assertEqual(self.documented.keys(), self.values.keys())

    def test_the_page_has_the_defaults_of_the_file(self):
        for entry, value in self.values.items():
            with self.subTest(entry=entry):
                text = self.documented[entry][1]
                default = re.match(r'Default: (none|\d+|\[\]|"[^"]*")\.', text)
                self.assertIsNotNone(default, f"no default in: {text}")
                said = None if default[1] == "none" else tomllib.loads("x = " + default[1])["x"]
                self.assertEqual(said, value)

    def test_the_page_has_the_ranges_of_the_file(self):
        ranges = 0
        for entry, comment in self.comments.items():
            for span in re.findall(r"\b\d+ to \d+\b", comment):
                ranges += 1
                with self.subTest(entry=entry):
                    self.assertIn(span, self.documented[entry][1])
        self.assertGreater(ranges, 4)

    def test_the_page_has_the_words_of_the_file(self):
        for entry, (kind, text) in self.documented.items():
            if kind != "word":
                continue
            with self.subTest(entry=entry):
                words = set(re.findall(r'"(\w+)"', self.comments[entry]))
                self.assertGreater(len(words), 1)
                self.assertEqual(words - set(re.findall(r'"(\w+)"', text)), set())

    def assert_accepted(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            run(BIN / "yodeld", "--config", file.name, "--check")

    def test_each_key_has_an_example_that_is_accepted(self):
        for (table, key), (_, text) in self.documented.items():
            with self.subTest(table=table, key=key):
                example = re.search(r"^Example: (.*)$", text, re.MULTILINE)
                self.assertIsNotNone(example, "no example")
                self.assertTrue(example[1].startswith(f"{key} = "))
                header = "[[listen]]" if table == "listen" else f"[{table}]"
                self.assert_accepted(f"{header}\n{example[1]}\n")

    def test_the_examples_at_the_end_are_accepted(self):
        found = 0
        for page in ("yodeld.toml.5", "yodeld-seal.8"):
            source = (MAN / f"{page}.scd").read_text()
            for block in re.findall(r"^```\n(.*?)^```$", source, re.MULTILINE | re.DOTALL):
                if block.startswith("["):
                    found += 1
                    with self.subTest(page=page, block=block):
                        self.assert_accepted(block)
        self.assertGreater(found, 3)


class Records(unittest.TestCase):
    """yodeld(8) against what the manager writes."""

    source = "\n".join(path.read_text() for folder in ("log", "manager")
                       for path in sorted((ROOT / "daemon" / folder).glob("**/*.cpp")))

    def assert_documented(self, section, pattern, source):
        heads = " ".join(entries("yodeld.8", section))
        documented = set(re.findall(pattern, heads))
        written = set(re.findall(rf'"({pattern})"', source))
        self.assertGreater(len(written), 5)
        self.assertEqual(documented, written)

    def test_fields(self):
        delay = re.search(r"YODEL_DELAY_USEC", self.source)
        self.assert_documented("JOURNAL FIELDS", r"\b(?:YODEL_[A-Z_]+|ERRNO)\b",
                               f'{self.source} "{delay[0]}"')

    def test_message_ids(self):
        self.assert_documented("MESSAGE IDS", r"\b[0-9a-f]{32}\b", self.source)

    def test_the_catalog_has_each_message_id_once(self):
        found = re.findall(r"^-- ([0-9a-f]{32})$", CATALOG.read_text(), re.MULTILINE)
        self.assertEqual(sorted(found), sorted(set(re.findall(r'"([0-9a-f]{32})"', self.source))))

    def test_the_catalog_names_fields_that_are_written(self):
        named = set(re.findall(r"@(\w+)@", CATALOG.read_text()))
        named.discard("_SYSTEMD_INVOCATION_ID")  # the journal's own
        self.assertEqual(named - set(re.findall(r'"(YODEL_\w+)"', self.source)), set())

    def test_the_catalog_compiles(self):
        with tempfile.TemporaryDirectory() as root:
            folder = pathlib.Path(root, "usr/lib/systemd/catalog")
            folder.mkdir(parents=True)
            shutil.copy(CATALOG, folder)
            pathlib.Path(root, "var/lib/systemd/catalog").mkdir(parents=True)
            listed = run("journalctl", f"--root={root}", "--update-catalog")
            self.assertEqual(listed, "")
            listed = run("journalctl", f"--root={root}", "--list-catalog")
            self.assertEqual(len(listed.splitlines()), CATALOG.read_text().count("Subject:"))

    def test_close_reasons(self):
        names = (ROOT / "protocol/event.cpp").read_text()
        written = set(re.findall(r'case CloseReason::\w+: return "([^"]+)"', names))
        written |= set(re.findall(r'"YODEL_CLOSE_REASON", "([^"]+)"', self.source))
        self.assertGreater(len(written), 5)
        documented = set(entries("yodeld.8", "CLOSE REASONS"))
        self.assertEqual({head for head in documented if " " not in head}, written)


if __name__ == "__main__":
    unittest.main()
