#!/usr/bin/env python3
"""Checks the manual pages, the guides and the catalog against what they describe."""

import pathlib
import re
import shutil
import tempfile
import tomllib
import unittest

from documents import (BIN, MAN, OPTION, REPORT_TO, ROOT, entries, guarded, names_of_options,
                       pages_of_commands, run, sections)

CATALOG = ROOT / "packaging/yodel.catalog"


def check(text):
    """Runs yodeld --check on a file with this text."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        return guarded([BIN / "yodeld", "--config", file.name, "--check"], status=None)


def header(table):
    return "[[listen]]" if table == "listen" else f"[{table}]"


class File(unittest.TestCase):
    """Compares yodeld.toml(5) with what yodeld says about its keys and prints as their defaults."""

    @classmethod
    def setUpClass(cls):
        cls.documented = {}  # (table, key) -> (type, text)
        table = None
        for line in sections("yodeld.toml.5")["KEYS"]:
            title = re.fullmatch(r"   \[+(\w+)\]+", line)
            table = title[1] if title else table
            head = re.fullmatch(r"       (\w+) = (\w+)", line)
            if head:
                entry = (table, head[1])
                cls.documented[entry] = [head[2], ""]
            elif line.startswith(" " * 8) and cls.documented:
                cls.documented[entry][1] += line.strip() + "\n"

        # If yodeld finds an unknown key, it lists those that it knows.
        tables = re.findall(r"\[+(\w+)\]+", check("zzzzzzzzzzzz = 1\n").stderr)
        cls.keys = {(table, key) for table in tables for key in
                    re.findall(r"'(\w+)'", check(f"{header(table)}\nzzzzzzzzzzzz = 1\n")
                               .stderr.split("expected")[1])}
        cls.values = {}  # (table, key) -> value
        printed = run(BIN / "yodeld", "--config", ROOT / "config/yodeld.toml", "--print-config")
        for table, values in tomllib.loads(printed).items():
            for key, value in (values[0] if isinstance(values, list) else values).items():
                cls.values[table, key] = value

    def expected(self, entry, value):
        """Returns what yodeld says that it expected instead of this value."""
        table, key = entry
        error = check(f"{header(table)}\n{key} = {value}\n").stderr
        return error.partition("expected ")[2].rpartition(", got ")[0]

    def test_keys_and_values_were_read(self):
        self.assertEqual(self.values["listen", "port"], 9999)
        self.assertIn(("listen", "name"), self.keys)
        self.assertGreater(len(self.keys), 15)

    def test_the_page_has_each_key_and_no_other(self):
        self.assertEqual(self.documented.keys(), self.keys)

    def test_the_page_has_the_defaults(self):
        for entry in self.keys:
            with self.subTest(entry=entry):
                text = self.documented[entry][1]
                default = re.match(r'Default: (none|\d+|\[\]|"[^"]*")[.;]', text)
                self.assertIsNotNone(default, f"no default in: {text}")
                if default[1] != "none":
                    self.assertEqual(tomllib.loads("x = " + default[1])["x"], self.values[entry])
                elif entry in self.values:  # the default depends on other keys
                    self.assertRegex(text.split("Range")[0], rf"\b{self.values[entry]}\b")

    def test_the_page_has_the_ranges(self):
        ranges = 0
        for entry, (kind, text) in self.documented.items():
            if kind not in ("integer", "duration"):
                continue
            with self.subTest(entry=entry):
                if kind == "integer":
                    ranges += 1
                    span = re.fullmatch(r"a whole number from (\d+ to \d+)", self.expected(entry, '""'))
                    self.assertIn(f"Range: {span[1]}.", text)
                elif longest := self.expected(entry, '"365d"'):
                    ranges += 1
                    self.assertEqual(longest, 'at most ' + re.search(r'Longest: ("\w+")', text)[1])
        self.assertGreater(ranges, 6)

    def test_the_page_has_the_words(self):
        for entry, (kind, text) in self.documented.items():
            if kind != "word":
                continue
            with self.subTest(entry=entry):
                words = set(re.findall(r'"(\w+)"', self.expected(entry, '"zzz"')))
                self.assertGreater(len(words), 1)
                self.assertEqual(words - set(re.findall(r'"(\w+)"', text)), set())

    def assert_accepted(self, text):
        checked = check(text)
        self.assertEqual(checked.status, 0, checked)

    def test_each_key_has_an_example_that_is_accepted(self):
        for (table, key), (_, text) in self.documented.items():
            with self.subTest(table=table, key=key):
                example = re.search(r"^Example: (.*)$", text, re.MULTILINE)
                self.assertIsNotNone(example, "no example")
                self.assertTrue(example[1].startswith(f"{key} = "))
                self.assert_accepted(f"{header(table)}\n{example[1]}\n")

    def test_the_examples_are_accepted(self):
        found = 0
        for page in ("yodeld.toml.5", "yodeld-seal.8"):
            source = (MAN / f"{page}.scd").read_text()
            for block in re.findall(r"^```\n(.*?)^```$", source, re.MULTILINE | re.DOTALL):
                if block.startswith("["):
                    found += 1
                    with self.subTest(page=page, block=block):
                        self.assert_accepted(block)
        self.assertGreater(found, 3)


class Guides(unittest.TestCase):
    """Checks the files of docs/ for the package, where they are in one folder without the rest of the checkout."""

    def test_the_package_has_them(self):
        packed = (ROOT / "packaging/debian/yodeld.docs").read_text().split()
        self.assertEqual(packed, sorted(f"docs/{path.name}" for path in (ROOT / "docs").iterdir()
                                        if path.name == "kubernetes" or path.suffix in (".md", ".cfg", ".conf")))

    def test_their_links_lead_to_each_other(self):
        found = 0
        for path in (ROOT / "docs").glob("*.md"):
            for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
                found += 1
                with self.subTest(page=path.name, link=link):
                    self.assertTrue(link.startswith("https://") or
                                    (ROOT / "docs" / link).is_file() and "/" not in link)
        self.assertGreater(found, 1)

    def test_their_commands_have_the_options_that_they_name(self):
        found = 0
        commands = "|".join(sorted(pages_of_commands(), key=len, reverse=True))
        for path in (ROOT / "docs").glob("*.md"):
            blocks = re.findall(r"^```\w+\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
            inline = re.findall(r"`([^`\n]+)`", path.read_text())
            lines = "\n".join(blocks + inline)
            for command, rest in re.findall(rf"^(?:\$ )?({commands})(?= |$)([^|#;\n]*)", lines, re.MULTILINE):
                for option in OPTION.findall(rest):
                    found += 1
                    with self.subTest(page=path.name, command=command + rest):
                        self.assertIn(option, names_of_options(command))
        self.assertGreater(found, 10)


class Records(unittest.TestCase):
    """Compares yodeld(8) and the catalog with what the manager writes."""

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
        named -= {"REPORT_TO",  # the build fills it in
                  "_SYSTEMD_INVOCATION_ID"}  # the journal's own field
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

    def test_the_built_catalog_says_where_to_report(self):
        fill_in = f'include({ROOT}/packaging/report_to.cmake)\nfill_in_report_to({CATALOG} %s "%s")\n'
        source = CATALOG.read_text()
        self.assertIn("@REPORT_TO@", source)
        for address, expected in (("", REPORT_TO), ("yodel-bugs@example.org", "yodel-bugs@example.org"),
                                  ("https://example.org/a_b?c=1;d*", "https://example.org/a_b?c=1;d*")):
            with self.subTest(address=address), tempfile.TemporaryDirectory() as folder:
                script, built = pathlib.Path(folder, "script.cmake"), pathlib.Path(folder, "catalog")
                script.write_text(fill_in % (built, address))
                run("cmake", "-P", script)
                self.assertEqual(built.read_text(), source.replace("@REPORT_TO@", expected))

    def test_this_build_has_filled_in_where_to_report(self):
        folder = BIN.parent / "packaging"
        for built in (folder / "yodel.catalog", *(folder / "man").glob("*.scd")):
            with self.subTest(file=built.name):
                self.assertNotIn("@REPORT_TO@", built.read_text())

    def test_close_reasons(self):
        names = (ROOT / "protocol/event.cpp").read_text()
        written = set(re.findall(r'case CloseReason::\w+: return "([^"]+)"', names))
        written |= set(re.findall(r'"YODEL_CLOSE_REASON", "([^"]+)"', self.source))
        self.assertGreater(len(written), 5)
        documented = set(entries("yodeld.8", "CLOSE REASONS"))
        self.assertEqual({head for head in documented if " " not in head}, written)


if __name__ == "__main__":
    unittest.main()
