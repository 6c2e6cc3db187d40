#!/usr/bin/env python3
"""Checks that the manual pages can be read, and that their options are those of --help."""

import os
import pathlib
import re
import tempfile
import unittest

from documents import (BIN, COMMANDS, OPTION, PAGES, client_commands, entries, guarded,
                       long_options, names_of_options, options_of, roff, run, seal_commands,
                       seal_options, sections, text, words_of)


class Pages(unittest.TestCase):
    def test_there_are_pages(self):
        self.assertIn("yodeld.8", PAGES)

    def test_they_render_without_warnings(self):
        for page in PAGES:
            for width in (60, 80, 120):
                with self.subTest(page=page, width=width):
                    done = guarded(["groff", "-t", "-man", "-ww", "-Tutf8", f"-rLL={width}n"],
                                   text_in=roff(page))
                    self.assertEqual(done.stderr, "")

    def test_man_shows_them_without_warnings(self):
        with tempfile.TemporaryDirectory() as folder:
            for page in PAGES:
                path = pathlib.Path(folder) / page
                path.write_text(roff(page))
                # LC_ALL: with the locale "C" man would complain of nothing but that.
                with self.subTest(page=page):
                    done = guarded(["man", "--warnings=w", "-l", path],
                                   env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
                    self.assertEqual(done.stderr, "")

    def test_each_begins_as_apropos_needs_it(self):
        for page in PAGES:
            with self.subTest(page=page):
                name = page.rsplit(".", 1)[0]
                line = " ".join(line.strip() for line in sections(page)["NAME"]).strip()
                self.assertRegex(line, rf"^{re.escape(name)} - \S")

    def test_references_among_them_lead_somewhere(self):
        for page in PAGES:
            for name, section in set(re.findall(r"\b(yodel[\w.-]*)\((\d)\)", text(page))):
                with self.subTest(page=page, reference=f"{name}({section})"):
                    self.assertIn(f"{name}.{section}", PAGES)


class Options(unittest.TestCase):
    def test_each_option_is_in_its_page_as_in_help(self):
        for command, place in COMMANDS.items():
            with self.subTest(command=command):
                heads = {head for head in entries(*place) if head.startswith("-")}
                self.assertEqual(heads, {option.head for option in options_of(command)})

    def test_the_page_has_the_words_of_help(self):
        for command, place in COMMANDS.items():
            for option in options_of(command):
                with self.subTest(command=command, option=option.head):
                    words = words_of(option.description)
                    self.assertEqual(bool(words), option.value == "NAME", option.description)
                    self.assertEqual(words_of(entries(*place).get(option.head, "")), words)

    def test_each_command_of_yodel_is_in_its_page(self):
        self.assertEqual(set(entries("yodel.1", "COMMANDS")), client_commands())
        documented = {command.removeprefix("yodel ") for command in COMMANDS if " " in command}
        self.assertEqual(documented, client_commands())

    def test_no_page_names_an_option_that_does_not_exist(self):
        known = {"yodel.1": set().union(*(names_of_options(command) for command, (page, _)
                                          in COMMANDS.items() if page == "yodel.1")),
                 # It says what to type at the other end.
                 "yodeld.8": names_of_options("yodeld") | names_of_options("yodel ping"),
                 "yodeld.toml.5": names_of_options("yodeld")}
        for page, options in known.items():
            with self.subTest(page=page):
                self.assertEqual(long_options(page) - options, set())

    def test_each_exit_status_of_help_is_in_its_page(self):
        for command, page in (("yodeld", "yodeld.8"), ("yodel", "yodel.1")):
            said = run(BIN / command, "--help")
            statuses = set(re.findall(r"(?:^|[ ;:])(\d+)  ?[a-z]", said[said.index("Exit status"):],
                                      re.MULTILINE))
            self.assertIn("0", statuses)
            for status in sorted(statuses):
                with self.subTest(command=command, status=status):
                    self.assertIn(status, entries(page, "EXIT STATUS"))


class Seal(unittest.TestCase):
    """yodeld-seal(8) against the usage of packaging/yodeld-seal."""

    def test_the_page_has_each_command_and_no_other(self):
        self.assertEqual(set(entries("yodeld-seal.8", "COMMANDS")), seal_commands())

    def test_the_page_has_each_option_and_no_other(self):
        heads = " ".join(entries("yodeld-seal.8", "OPTIONS"))
        self.assertEqual(set(OPTION.findall(heads)), seal_options())
        known = seal_options() | names_of_options("yodeld")
        self.assertEqual(long_options("yodeld-seal.8") - known, set())


if __name__ == "__main__":
    unittest.main()
