"""Reads what the programs' --help and the manual pages say.

Nothing is listed here: what must be documented is read from the programs, and in sources_test.py
also from the source of the records. Run one topic with, for example,
  YODEL_BIN_DIR=build/release/bin tests/docs/pages_test.py Options
"""

import functools
import os
import pathlib
import re
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from processes import Failed, guarded

BIN = pathlib.Path(os.environ.get("YODEL_BIN_DIR", ROOT / "build/release/bin")).resolve()
MAN = ROOT / "packaging/man"
SEAL = ROOT / "packaging/yodeld-seal"

REPORT_TO = "whoever gave you this package"  # where no build has set YODEL_REPORT_TO

PAGES = sorted(path.name.removesuffix(".scd") for path in MAN.glob("*.[1-8].scd"))
# Each program and the page that documents it.
PROGRAMS = {"yodeld": "yodeld.8", "yodel": "yodel.1", "yodeld-seal": "yodeld-seal.8"}
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")


def run(*command, stdin=None):
    """Returns standard output and standard error of a command that must succeed."""
    done = guarded(command, text_in=stdin)
    return done.stdout + done.stderr


@functools.cache
def roff(page):
    """Returns the page in roff(7), with the texts that the build fills in."""
    source = (MAN / f"{page}.scd").read_text()
    source = source.replace("@EXIT_STATUS@", (MAN / "exit_status.scd").read_text())
    return run("scdoc", stdin=source.replace("@REPORT_TO@", REPORT_TO))


@functools.cache
def sections(page):
    """Returns heading -> lines of the page as a reader sees it, with paragraphs unwrapped."""
    found, lines = {}, []
    for line in run("groff", "-t", "-man", "-Tascii", "-P-cbou", "-rLL=2000n",
                    stdin=roff(page)).splitlines():
        if re.match(r"[A-Z]", line):
            lines = found.setdefault(line.strip(), [])
        else:
            lines.append(line)
    return found


def text(page):
    return "\n".join(line for lines in sections(page).values() for line in lines)


def entries(page, section, indent=7):
    """Returns term -> text for the entries of a section, each a term with indented text."""
    found, term = {}, None
    for line in sections(page)[section]:
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
    """Returns those that the page names anywhere. Short ones in examples may be another program's."""
    return {option for option in OPTION.findall(text(page)) if option.startswith("--")}


def words_of(description):
    """Returns the words that an option's value may be, as in ": greet, echo or other"."""
    found = re.search(r": ([a-z]+(?:, [a-z]+)* or [a-z]+)\b", description)
    return set(re.split(", | or ", found[1])) if found else set()


@dataclass(frozen=True)
class Option:
    names: tuple[str, ...]
    value: str  # its name in --help; "" for a flag
    description: str

    @property
    def head(self):
        """Returns the heading that the page should have: "-c, --config FILE"."""
        return " ".join(filter(None, (", ".join(self.names), self.value)))


@functools.cache
def options_of(command):
    program, *rest = command.split()
    found = []
    said = run(BIN / program, *rest, "--help")
    for block in re.findall(r"^  -.*(?:\n {20}.*)*", said, re.MULTILINE):
        head = re.match(r"  (-[^\s,]+(?:, ?-[^\s,]+)*)(?: ([^a-z =][^\s=]*))?", block)
        description = " ".join(block[head.end():].split())
        found.append(Option(tuple(re.split(", ?", head[1])), head[2] or "", description))
    return found


def names_of_options(command):
    return {name for option in options_of(command) for name in option.names}


def client_commands():
    """Returns the subcommands of yodel, from its --help."""
    said = run(BIN / "yodel", "--help")
    commands = set(re.findall(r"^  ([a-z]+) ", said[said.index("Commands:"):].split("\n\n")[0],
                              re.MULTILINE))
    if not {"talk", "echo", "help"} <= commands:
        raise Failed(f"no commands in the help of yodel:\n{said}")
    return commands


@functools.cache
def pages_of_commands():
    """Returns command -> page, for those whose options are documented. "yodel help" has no page."""
    return {"yodeld": "yodeld.8", "yodel": "yodel.1"} | {
        f"yodel {command}": f"yodel-{command}.1" for command in client_commands() - {"help"}}


@functools.cache
def seal_usage():
    return run("bash", SEAL, "--help")


def seal_options():
    return set(OPTION.findall(seal_usage())) | {"-h", "--help"}


def seal_commands():
    """Returns the words that follow the program's name in its usage: "yodeld-seal on|off|status"."""
    words = re.findall(r"yodeld-seal\s+([a-z|]+)", seal_usage())
    commands = {command for word in words for command in word.split("|") if command}
    if not commands:
        raise Failed(f"no commands in the usage of {SEAL}:\n{seal_usage()}")
    return commands
