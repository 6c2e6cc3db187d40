#!/usr/bin/env python3
"""Keeps the language plain where a machine can judge it: CONTRIBUTING.md says how it is written."""

import functools
import pathlib
import re
import unittest

from documents import (BIN, PAGES, PROGRAMS, ROOT, SEAL, client_commands, entries, guarded,
                       pages_of_commands, run, sections, text)

# What a reader has to read twice -> what to write.
PHRASES = {
    r"\bof before\b": "previous",
    r"for want of": "because there is no",
    r"at the most": "at most",
    r"may not make": "is forbidden to make",
    r"without further ado": "(leave it out)",
    r"\bmend (?:it|this|that)": "fix",
    r"so many of": "N of",
    r"is in trouble|are in trouble": "(name the error)",
    r"it is no yodeld": "not a running yodeld",
    r"the server's error:": "the server says:",
    r"\bopen schedule\b": "open loop",
    r"\bsince due\b": "since intended start",
}
# What the code does not call things -> what it does.
IDENTIFIERS = {
    r"(?:most|longest)_[a-z]\w*": "max_…",
    r"least_[a-z]\w*": "min_…",
    r"told_to_end": "terminate_requested",
    r"time_is_over": "timed_out",
    r"take_note": "on_…",
    r"sound\(": "is_valid(",
    r"Trouble\w*": "AcceptError, RateLimitedLog",
    r"question_signal|answer_by": "ping_signal, pong_deadline",
    r"Mishap": "ProbeError",
    r"settle_": "on_done_",
    r"Course\w*": "TimeSeries",
    r"RoundTrips": "PersistentProber",
    r"takes_several": "can_pipeline",
    r"since_due|lateness": "since_intended_start, send_delay",
    r"interlaced": "interleave_families",
}
# How no contract in a header begins.
BEGINNINGS = r"//\s(?:Gives|Tells|Whether|What|Who|nullopt:|std::nullopt:)\b"
CODE = {".cpp", ".hpp"}
PROSE = {".md", ".scd", ".toml", ".catalog", ".service", ".socket", ".conf", ".bash", ".fish"}


@functools.cache
def sources():
    """The project's own files that have text -> their lines."""
    this = pathlib.Path(__file__).resolve()
    listed = guarded(["git", "-C", ROOT, "ls-files", "-z"], status=None)
    if listed.status == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:  # an unpacked source package
        paths = [path for path in ROOT.rglob("*")
                 if path.is_file() and not {"build", ".git"} & set(path.relative_to(ROOT).parts)]
    kinds = CODE | PROSE | {".py", ".sh", ".txt", ".cmake"}
    found = {}
    for path in paths:
        name = path.relative_to(ROOT)
        if path == this or not path.exists() or "corpus" in name.parts:
            continue
        if path.suffix in kinds or name.parts[:1] == ("packaging",) and not path.suffix:
            found[name] = path.read_text(errors="replace").splitlines()
    return found


def places(pattern, suffixes=None, flags=re.IGNORECASE):
    """Where `pattern` is in the sources, also across the end of a line: "FILE:LINE: text"."""
    regex = re.compile(pattern.replace(" ", r"\s+(?:(?://|#)\s+)?"), flags)
    for name, lines in sources().items():
        if suffixes and name.suffix not in suffixes:
            continue
        whole = "\n".join(lines)
        for found in regex.finditer(whole):
            number = whole.count("\n", 0, found.start()) + 1
            yield f"{name}:{number}: {lines[number - 1].strip()}"


class Words(unittest.TestCase):
    def test_there_are_sources(self):
        self.assertGreater(len([name for name in sources() if name.suffix in CODE]), 100)
        self.assertIn(pathlib.Path("README.md"), sources())

    def test_no_phrase_has_to_be_read_twice(self):
        for phrase, better in PHRASES.items():
            with self.subTest(instead_of=phrase, write=better):
                self.assertEqual(list(places(phrase)), [])

    def test_each_thing_has_one_name(self):
        for name, better in IDENTIFIERS.items():
            with self.subTest(instead_of=name, write=better):
                self.assertEqual(list(places(rf"(?<![\w-]){name}(?!\w)", CODE, re.NOFLAG)), [])

    def test_a_contract_begins_with_a_verb_of_the_third_person(self):
        self.assertEqual(list(places(rf"^[^\S\n]*{BEGINNINGS}", {".hpp"}, re.MULTILINE)), [])

    def test_the_words_that_people_search_for_are_there(self):
        for words in ("open loop", "closed loop", "coordinated omission", "intended start"):
            with self.subTest(words=words):
                self.assertIn(words, " ".join(text("yodel-bench.1").split()))
        self.assertIn("coordinated omission", " ".join(run(BIN / "yodel", "bench", "--help").split()))

    def test_nobody_is_sent_to_an_address_that_does_not_exist(self):
        found = [place for place in places(r"[\w.]+@[\w.-]+\.invalid\b")
                 if not place.startswith(("packaging/debian/", "tests/"))]
        self.assertEqual(found, [])
        for page in PAGES:
            self.assertNotIn(".invalid", text(page), page)


class Help(unittest.TestCase):
    def helps(self):
        commands = [[BIN / "yodeld"], [BIN / "yodel"], ["bash", SEAL]]
        commands += [[BIN / "yodel", command] for command in client_commands()]
        return {" ".join(str(word).rsplit("/", 1)[-1] for word in command): run(*command, "--help")
                for command in commands}

    def test_it_fits_a_terminal(self):
        for command, said in self.helps().items():
            for line in said.splitlines():
                with self.subTest(command=command, line=line):
                    self.assertLessEqual(len(line), 80)

    def test_it_has_no_text_of_the_option_library(self):
        for command, said in self.helps().items():
            with self.subTest(command=command):
                self.assertNotRegex(said, r"\b(?:TEXT|INT|UINT|FLOAT|REQUIRED|OPTIONS|SUBCOMMAND"
                                          r"|Excludes|Needs|Env)\b|\[default\]|\.\.\. *$")

    def test_each_exit_status_is_in_one_table(self):
        tables = {page: {status: said for status, said in entries(page, "EXIT STATUS").items()
                         if status.isdigit()}
                  for page in PROGRAMS.values()}
        self.assertGreater(len(tables["yodel.1"]), 10)
        for page, table in tables.items():
            with self.subTest(page=page):
                self.assertEqual(table, tables["yodel.1"])
        for page in set(pages_of_commands().values()) - set(PROGRAMS.values()):
            with self.subTest(page=page):
                self.assertIn("yodel(1)", "\n".join(sections(page)["EXIT STATUS"]))


if __name__ == "__main__":
    unittest.main()
