"""What the programs say of themselves in --help, and what the manual pages say of them.

Nothing is listed here: what there is to document is read from the programs, and in sources_test.py
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

PAGES = sorted(path.name.removesuffix(".scd") for path in MAN.glob("*.[1-8].scd"))
# Each program and the page that documents it.
PROGRAMS = {"yodeld": "yodeld.8", "yodel": "yodel.1", "yodeld-seal": "yodeld-seal.8"}
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")


def run(*command, stdin=None):
    """Standard output and standard error of a command that must succeed."""
    done = guarded(command, text_in=stdin)
    return done.stdout + done.stderr


@functools.cache
def roff(page):
    source = (MAN / f"{page}.scd").read_text()
    return run("scdoc", stdin=source.replace("@EXIT_STATUS@", (MAN / "exit_status.scd").read_text()))


@functools.cache
def sections(page):
    """The page as a reader sees it, without line breaks of the layout: heading -> lines."""
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
    """The entries "TERM, indented text" of a section: term -> text."""
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
    """Those that the page names anywhere. A short one may be another program's, in an example."""
    return {option for option in OPTION.findall(text(page)) if option.startswith("--")}


def words_of(description):
    """The words between which the value of an option is chosen: ": greet, echo or other"."""
    found = re.search(r": ([a-z]+(?:, [a-z]+)* or [a-z]+)\b", description)
    return set(re.split(", | or ", found[1])) if found else set()


@dataclass(frozen=True)
class Option:
    names: tuple[str, ...]
    value: str  # what --help calls it; "" for a flag
    description: str

    @property
    def head(self):
        """As the page should head it: "-c, --config FILE"."""
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
    """The subcommands of yodel, from its --help."""
    said = run(BIN / "yodel", "--help")
    commands = set(re.findall(r"^  ([a-z]+) ", said[said.index("Commands:"):].split("\n\n")[0],
                              re.MULTILINE))
    if not {"talk", "echo", "help"} <= commands:
        raise Failed(f"no commands in the help of yodel:\n{said}")
    return commands


@functools.cache
def pages_of_commands():
    """Each command whose options are documented -> its page. "yodel help" has none of its own."""
    return {"yodeld": "yodeld.8", "yodel": "yodel.1"} | {
        f"yodel {command}": f"yodel-{command}.1" for command in client_commands() - {"help"}}


@functools.cache
def seal_usage():
    return run("bash", SEAL, "--help")


def seal_options():
    return set(OPTION.findall(seal_usage())) | {"-h", "--help"}


def seal_commands():
    """The words of the usage that follow the program's name: "yodeld-seal on|off|status"."""
    words = re.findall(r"yodeld-seal\s+([a-z|]+)", seal_usage())
    commands = {command for word in words for command in word.split("|") if command}
    if not commands:
        raise Failed(f"no commands in the usage of {SEAL}:\n{seal_usage()}")
    return commands
