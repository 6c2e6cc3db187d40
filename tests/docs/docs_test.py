#!/usr/bin/env python3
"""Checks that the manual pages and the completions say what the programs do.

Nothing is listed here: what there is to document is read from the programs' --help, from
config/yodeld.toml and from the source of the records. Run one topic with, for example,
  YODEL_BIN_DIR=build/release/bin tests/docs/docs_test.py Options
"""

import functools
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import tomllib
import unittest

ROOT = pathlib.Path(os.environ.get("YODEL_SOURCE_DIR", pathlib.Path(__file__).parents[2])).resolve()
BIN = pathlib.Path(os.environ.get("YODEL_BIN_DIR", ROOT / "build/release/bin")).resolve()
MAN = ROOT / "packaging/man"
COMPLETIONS = ROOT / "packaging/completions"
CATALOG = ROOT / "packaging/yodel.catalog"
SEAL = ROOT / "packaging/yodeld-seal"

PAGES = sorted(path.name.removesuffix(".scd") for path in MAN.glob("*.scd"))
# Each command whose options are documented: the page and its section.
COMMANDS = {
    "yodeld": ("yodeld.8", "OPTIONS"),
    "yodel": ("yodel.1", "OPTIONS"),
    "yodel talk": ("yodel.1", "OPTIONS OF TALK"),
    "yodel echo": ("yodel.1", "OPTIONS OF ECHO"),
    "yodel help": ("yodel.1", "OPTIONS OF HELP"),
    "yodel bench": ("yodel.1", "OPTIONS OF BENCH"),
    "yodel ping": ("yodel.1", "OPTIONS OF PING"),
    "yodel fetch": ("yodel.1", "OPTIONS OF FETCH"),
}
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")


def run(*command, stdin=None):
    """Standard output and standard error of a command that must succeed."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


@functools.cache
def roff(page):
    return run("scdoc", stdin=(MAN / f"{page}.scd").read_text())


@functools.cache
def sections(page):
    """The page as a reader sees it, without line breaks of the layout: heading -> lines."""
    text = run("groff", "-t", "-man", "-Tascii", "-P-cbou", "-rLL=2000n", stdin=roff(page))
    found, lines = {}, []
    for line in text.splitlines():
        if re.match(r"[A-Z]", line):
            lines = found.setdefault(line.strip(), [])
        else:
            lines.append(line)
    return found


def entries(lines, indent=7):
    """The entries "TERM, indented text" of a section: term -> text."""
    found, term = {}, None
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if line.strip() and depth == indent:
            term = line.strip()
            found[term] = ""
        elif line.strip() and depth < indent:
            term = None
        elif term and line.strip():
            found[term] += line.strip() + "\n"
    return found


def long_options(page):
    """Those that the page names anywhere. A short one may be another program's, in an example."""
    text = "\n".join(line for lines in sections(page).values() for line in lines)
    return {option for option in OPTION.findall(text) if option.startswith("--")}


@functools.cache
def help_entries(command):
    """The options of --help, each as the page should head it: "-c, --config FILE"."""
    program, *rest = command.split()
    heads = set()
    for line in run(str(BIN / program), *rest, "--help").splitlines():
        head = re.match(r"  (-\S+( [^a-z ]\S*)?)", line)
        if head:
            # CLI11 puts "=DEFAULT" behind the argument's name, and "Excludes:" behind the option.
            head = re.sub(r" Excludes:$", "", head[1])
            heads.add(re.sub(r"=.*", "", head).replace(",", ", "))
    return frozenset(heads)


def help_options(command):
    return {option for head in help_entries(command) for option in OPTION.findall(head)}


def client_commands():
    """The subcommands of yodel, from its --help."""
    text = run(str(BIN / "yodel"), "--help")
    text = text[text.index("Subcommands:"):].split("\n\n")[0]
    commands = set(re.findall(r"^  ([a-z]+) ", text, re.MULTILINE))
    if not {"talk", "echo", "help"} <= commands:
        raise AssertionError(f"no commands in the help of yodel:\n{text}")
    return commands


@functools.cache
def seal_usage():
    return run("bash", str(SEAL), "--help")


def seal_options():
    return set(OPTION.findall(seal_usage())) | {"-h", "--help"}


def seal_commands():
    """The words of the usage that follow the program's name: "yodeld-seal on|off|status"."""
    words = re.findall(r"yodeld-seal\s+([a-z|]+)", seal_usage())
    commands = {command for word in words for command in word.split("|") if command}
    if not commands:
        raise AssertionError(f"no commands in the usage of {SEAL}:\n{seal_usage()}")
    return commands


class Pages(unittest.TestCase):
    def test_there_are_pages(self):
        self.assertIn("yodeld.8", PAGES)

    def test_they_render_without_warnings(self):
        for page in PAGES:
            for width in (60, 80, 120):
                with self.subTest(page=page, width=width):
                    done = subprocess.run(
                        ["groff", "-t", "-man", "-ww", "-Tutf8", f"-rLL={width}n"],
                        input=roff(page), capture_output=True, text=True, timeout=60, check=True)
                    self.assertEqual(done.stderr, "")

    def test_man_shows_them_without_warnings(self):
        with tempfile.TemporaryDirectory() as folder:
            for page in PAGES:
                path = pathlib.Path(folder) / page
                path.write_text(roff(page))
                # LC_ALL: with the locale "C" man would complain of nothing but that.
                done = subprocess.run(
                    ["man", "--warnings=w", "-l", str(path)], capture_output=True, text=True,
                    timeout=60, env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
                with self.subTest(page=page):
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_begins_as_apropos_needs_it(self):
        for page in PAGES:
            with self.subTest(page=page):
                name = page.rsplit(".", 1)[0]
                text = " ".join(line.strip() for line in sections(page)["NAME"]).strip()
                self.assertRegex(text, rf"^{re.escape(name)} - \S")

    def test_references_among_them_lead_somewhere(self):
        for page in PAGES:
            text = "\n".join(line for lines in sections(page).values() for line in lines)
            for name, section in set(re.findall(r"\b(yodel[\w.-]*)\((\d)\)", text)):
                with self.subTest(page=page, reference=f"{name}({section})"):
                    self.assertIn(f"{name}.{section}", PAGES)


class Options(unittest.TestCase):
    def test_each_option_is_in_its_page_as_in_help(self):
        for command, (page, section) in COMMANDS.items():
            with self.subTest(command=command):
                heads = {head for head in entries(sections(page)[section]) if head.startswith("-")}
                self.assertEqual(heads, set(help_entries(command)))

    def test_each_command_of_yodel_is_in_its_page(self):
        self.assertEqual(set(entries(sections("yodel.1")["COMMANDS"])), client_commands())
        documented = {command.removeprefix("yodel ") for command in COMMANDS if " " in command}
        self.assertEqual(documented, client_commands())

    def test_no_page_names_an_option_that_does_not_exist(self):
        known = {"yodel.1": set().union(*(help_options(command) for command, (page, _)
                                          in COMMANDS.items() if page == "yodel.1")),
                 "yodeld.8": help_options("yodeld"), "yodeld.toml.5": help_options("yodeld")}
        for page, options in known.items():
            with self.subTest(page=page):
                self.assertEqual(long_options(page) - options, set())

    def test_each_exit_status_of_help_is_in_its_page(self):
        for command, page in (("yodeld", "yodeld.8"), ("yodel", "yodel.1")):
            text = run(str(BIN / command), "--help")
            text = text[text.index("Exit status"):]
            statuses = set(re.findall(r"(?:^|[ ;:])(\d+)  ?[a-z]", text, re.MULTILINE))
            self.assertIn("0", statuses)
            for status in sorted(statuses):
                with self.subTest(command=command, status=status):
                    self.assertIn(status, entries(sections(page)["EXIT STATUS"]))


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
                default = re.match(r'Default: (none|\d+|"[^"]*")\.', text)
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
            run(str(BIN / "yodeld"), "--config", file.name, "--check")

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
        heads = " ".join(entries(sections("yodeld.8")[section]))
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
        documented = set(entries(sections("yodeld.8")["CLOSE REASONS"]))
        self.assertEqual({head for head in documented if " " not in head}, written)


class Seal(unittest.TestCase):
    """yodeld-seal(8) against the usage of packaging/yodeld-seal."""

    def test_the_page_has_each_command_and_no_other(self):
        self.assertEqual(set(entries(sections("yodeld-seal.8")["COMMANDS"])), seal_commands())

    def test_the_page_has_each_option_and_no_other(self):
        heads = " ".join(entries(sections("yodeld-seal.8")["OPTIONS"]))
        self.assertEqual(set(OPTION.findall(heads)), seal_options())
        known = seal_options() | help_options("yodeld")
        self.assertEqual(long_options("yodeld-seal.8") - known, set())


class Completion:
    """What each shell's completion must do."""

    def complete(self, line):
        """The words that are offered at the end of `line`."""
        raise NotImplementedError

    def options(self, line):
        """Those that are offered behind `line`."""
        return {word for word in self.complete(line + " -") if word.startswith("-")}

    def test_it_has_each_option_and_no_other(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertEqual(self.options(command), help_options(command))

    def test_it_has_the_commands_of_yodel(self):
        for line in ("yodel ", "yodel help "):
            with self.subTest(line=line):
                offered = {word for word in self.complete(line) if word[0] != "-"}
                self.assertEqual(offered, client_commands())

    def test_it_has_the_commands_of_yodeld_seal(self):
        offered = {word for word in self.complete("yodeld-seal ") if word[0] != "-"}
        self.assertEqual(offered, seal_commands())

    def test_it_has_the_options_of_yodeld_seal(self):
        self.assertEqual(self.options("yodeld-seal"), seal_options())

    def test_it_completes_what_was_begun(self):
        for line, expected in (("yodel ta", "talk"), ("yodel talk --conn", "--connect-timeout"),
                               ("yodel help ta", "talk"), ("yodel fetch --loc", "--location"),
                               ("yodeld --print-c", "--print-config"), ("yodeld-seal st", "status")):
            with self.subTest(line=line):
                self.assertEqual(self.complete(line), {expected})

    def test_the_file_is_a_toml(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a file.toml", "b.toml", "c.txt"):
                (pathlib.Path(folder) / name).touch()
            for option in ("-c ", "--config "):
                with self.subTest(option=option):
                    offered = self.complete(f"yodeld {option}{folder}/")
                    names = {word.rsplit("/", 1)[1].replace("\\", "") for word in offered}
                    self.assertEqual(names, {"a file.toml", "b.toml"})

    def test_the_pids_are_those_of_the_daemon(self):
        self.assertEqual(self.complete("yodeld --reload 47"), {"4711"})


# Stands in for pgrep(1): only a daemon with titles is there.
PGREP = """#!/bin/sh
[ "$1 $2" = "-f ^yodeld: manager" ] && echo 4711
"""


class FakePgrep(unittest.TestCase):
    """A folder that is first in PATH, with a pgrep(1) in it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "pgrep").write_text(PGREP)
        (cls.folder / "pgrep").chmod(0o755)
        cls.environment = os.environ | {"PATH": f"{cls.folder}:{os.environ['PATH']}",
                                        "HOME": str(cls.folder), "LC_ALL": "C.UTF-8"}

    def run_shell(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                              env=self.environment, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return set(done.stdout.splitlines())


class Bash(Completion, FakePgrep):
    # Words as bash cuts them: '=' and ':' are words of their own.
    SCRIPT = """
        compopt() { :; }  # works only while bash itself completes
        source "$1" || exit
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """

    def complete(self, line):
        words = re.findall("[=:]|[^ =:]+", line) + ([""] if line.endswith(" ") else [])
        offered = self.run_shell("bash", "--norc", "-c", self.SCRIPT, "bash",
                                 str(COMPLETIONS / f"{words[0]}.bash"), *words)
        return offered - {""}

    def test_the_servers(self):
        (self.folder / "hosts").write_text("192.0.2.1 far.example\n")
        (self.folder / "socket").touch()
        self.environment["HOSTFILE"] = str(self.folder / "hosts")
        for option in ("-s ", "--server ", "--server="):
            with self.subTest(option=option):
                self.assertEqual(self.complete(f"yodel talk {option}far"), {"far.example"})
                self.assertIn("far.example", self.complete(f"yodel talk {option}"))
                self.assertEqual(self.complete(f"yodel talk {option}uni"), {"unix:"})
                self.assertEqual(self.complete(f"yodel talk {option}unix:so"), {"socket"})
                self.assertIn("socket", self.complete(f"yodel talk {option}unix:"))

    def test_names_are_not_completed(self):
        self.assertEqual(self.complete("yodel talk ali"), set())
        self.assertEqual(self.complete("yodel talk -- -"), set())

    def test_syntax(self):
        for path in COMPLETIONS.glob("*.bash"):
            self.run_shell("bash", "-n", str(path))


class Zsh(Completion, FakePgrep):
    # zsh completes only in its line editor, which needs a terminal. There compadd tells what it is
    # given: each completion in the end calls it.
    SETUP = """
        PROMPT=
        fpath=({completions} $fpath)
        autoload -Uz compinit && compinit -u -D
        zstyle ':completion:*' menu no
        LISTMAX=10000  # never asks whether the list is wanted
        compadd() {{
          local -a hits
          # With one of these it only sifts words for its caller.
          if (( ! $argv[(I)-[OAD]*] )); then
            builtin compadd -O hits "$@"
            (( ${{#hits}} )) && printf '<%s>\\n' "${{hits[@]}}" >>$OFFERED
          fi
          builtin compadd "$@"
        }}
        complete-and-say() {{
          zle complete-word
          zle kill-buffer
          print >$OFFERED.done
        }}
        zle -N complete-and-say
        bindkey '^X^A' complete-and-say
        print >$OFFERED.ready
    """

    def setUp(self):
        self.offered = self.folder / "offered"
        for path in self.folder.glob("offered*"):
            path.unlink()
        (self.folder / "setup.zsh").write_text(self.SETUP.format(completions=COMPLETIONS))
        self.environment["OFFERED"] = str(self.offered)
        self.environment["TERM"] = "dumb"
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.environment)
        self.addCleanup(self.end)
        self.type(f"source {self.folder}/setup.zsh\n")
        self.await_file("ready")

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def await_file(self, what):
        path = pathlib.Path(f"{self.offered}.{what}")
        output, deadline = b"", time.monotonic() + 30
        while not path.exists():
            self.assertLess(time.monotonic(), deadline, output.decode(errors="replace"))
            if select.select([self.terminal], [], [], 0.02)[0]:
                output += os.read(self.terminal, 65536)

    def complete(self, line):
        for path in (self.offered, pathlib.Path(f"{self.offered}.done")):
            path.unlink(missing_ok=True)
        self.type(line + "\x18\x01")
        self.await_file("done")
        if not self.offered.exists():
            return set()
        words = set(re.findall(r"<(.*)>", self.offered.read_text()))
        prefix = line.rsplit(" ", 1)[1]
        folder = prefix[:prefix.rfind("/") + 1]
        return {folder + word.removesuffix("=") for word in words}

    def test_syntax(self):
        for path in COMPLETIONS.glob("_*"):
            self.run_shell("zsh", "-n", str(path))

    def test_the_sockets(self):
        (self.folder / "socket").touch()
        self.assertIn("socket", {w.rsplit("/")[-1] for w in self.complete("yodel talk -s unix:so")})


class Fish(Completion, FakePgrep):
    def complete(self, line):
        path = COMPLETIONS / f"{line.split()[0]}.fish"
        offered = self.run_shell("fish", "--no-config", "-c",
                                 "source $argv[1]; complete -C $argv[2]", str(path), line)
        return {word.split("\t")[0] for word in offered}

    def options(self, line):
        # fish offers long options behind "-" too.
        return super().options(line) | {w for w in self.complete(line + " --") if w[0] == "-"}

    def test_syntax(self):
        for path in COMPLETIONS.glob("*.fish"):
            self.run_shell("fish", "-n", str(path))


if __name__ == "__main__":
    unittest.main(verbosity=1)
