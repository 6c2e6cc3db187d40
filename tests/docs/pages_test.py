#!/usr/bin/env python3
"""Checks that the manual pages render, and that their options are those of --help."""

import os
import pathlib
import re
import tempfile
import unittest

from documents import (BIN, OPTION, PAGES, PROGRAMS, client_commands, entries, guarded,
                       long_options, names_of_options, options_of, pages_of_commands, roff, run,
                       seal_commands, seal_options, sections, text, words_of)


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
                # In the locale "C" man would only warn about the locale.
                with self.subTest(page=page):
                    done = guarded(["man", "--warnings=w", "-l", path],
                                   env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
                    self.assertEqual(done.stderr, "")

    def test_each_page_begins_as_apropos_expects(self):
        for page in PAGES:
            with self.subTest(page=page):
                name = page.rsplit(".", 1)[0]
                line = " ".join(line.strip() for line in sections(page)["NAME"]).strip()
                self.assertRegex(line, rf"^{re.escape(name)} - \S")

    def test_references_between_pages_exist(self):
        for page in PAGES:
            for name, section in set(re.findall(r"\b(yodel[\w.-]*)\((\d)\)", text(page))):
                with self.subTest(page=page, reference=f"{name}({section})"):
                    self.assertIn(f"{name}.{section}", PAGES)


class Options(unittest.TestCase):
    def test_each_option_is_in_its_page_as_in_help(self):
        for command, page in pages_of_commands().items():
            with self.subTest(command=command):
                heads = [head for head in entries(page, "OPTIONS") if head.startswith("-")]
                self.assertEqual(set(heads), {option.head for option in options_of(command)})

    def test_the_page_has_the_values_of_help(self):
        for command, page in pages_of_commands().items():
            for option in options_of(command):
                with self.subTest(command=command, option=option.head):
                    words = words_of(option.description)
                    self.assertEqual(bool(words), option.value == "NAME", option.description)
                    self.assertEqual(words_of(entries(page, "OPTIONS").get(option.head, "")), words)

    def test_each_command_of_yodel_is_in_its_page(self):
        self.assertEqual(set(entries("yodel.1", "COMMANDS")), client_commands())
        self.assertEqual({page for page in PAGES if page.startswith("yodel-")},
                         {page for page in pages_of_commands().values() if "-" in page})

    def test_the_pages_are_alike(self):
        """Examples come before options, and the same headings in the same order."""
        order = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "COMMANDS", "OPTIONS"]
        end = ["EXIT STATUS", "ENVIRONMENT", "FILES", "BUGS", "SEE ALSO"]
        for page in set(pages_of_commands().values()) | set(PROGRAMS.values()):
            with self.subTest(page=page):
                headings = list(sections(page))[:-1]  # without the footer
                first = [heading for heading in headings if heading in order]
                self.assertEqual(first, [heading for heading in order if heading in first])
                self.assertEqual(headings[:len(first)], first)
                self.assertLessEqual({"EXAMPLES", "OPTIONS"}, set(first))
                last = [heading for heading in headings if heading in end]
                self.assertEqual(headings[-len(last):], [each for each in end if each in last])

    def test_no_page_names_an_option_that_does_not_exist(self):
        known = {page: names_of_options(command) for command, page in pages_of_commands().items()}
        # yodeld(8) says what to type at the other end.
        known["yodeld.8"] |= names_of_options("yodel ping")
        known["yodeld.toml.5"] = names_of_options("yodeld")
        known["yodel.1"] = set().union(*known.values())
        for page, options in known.items():
            with self.subTest(page=page):
                self.assertEqual(long_options(page) - options, set())

    def test_each_exit_status_of_help_is_in_its_page(self):
        for program in ("yodeld", "yodel"):
            said = run(BIN / program, "--help")
            statuses = set(re.findall(r"(?:^|[ ;:])(\d+)  ?[a-z]", said[said.index("Exit status"):],
                                      re.MULTILINE))
            self.assertIn("0", statuses)
            for status in sorted(statuses):
                with self.subTest(program=program, status=status):
                    self.assertIn(status, entries(PROGRAMS[program], "EXIT STATUS"))


class Seal(unittest.TestCase):
    """Compares yodeld-seal(8) with the usage of packaging/yodeld-seal."""

    def test_the_page_has_each_command_and_no_other(self):
        self.assertEqual(set(entries("yodeld-seal.8", "COMMANDS")), seal_commands())

    def test_the_page_has_each_option_and_no_other(self):
        heads = " ".join(entries("yodeld-seal.8", "OPTIONS"))
        self.assertEqual(set(OPTION.findall(heads)), seal_options())
        known = seal_options() | names_of_options("yodeld")
        self.assertEqual(long_options("yodeld-seal.8") - known, set())


if __name__ == "__main__":
    unittest.main()
