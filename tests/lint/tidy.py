#!/usr/bin/env python3
"""Runs clang-tidy on sources that have changed since they were found clean.

  tidy.py FOLDER [SOURCE...]

FOLDER has a compile_commands.json, and keeps the results. Without a SOURCE, checks all that are listed there.
Exits with 0 if there are no findings, and with 1 otherwise.

A source that was found clean is not checked again until one of these changes: its preprocessed text, including
comments, because NOLINT is one; the compiler's arguments; the configuration; clang-tidy's version, its plugin and
the options here.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGIN_SOURCE = Path(__file__).with_name("own_code.cpp")
# Most templates that the analyzer would follow are in the standard library and fmt, which takes two thirds of its
# time.
PROGRAM_OPTIONS = ("--extra-arg=-Xclang", "--extra-arg=-analyzer-config", "--extra-arg=-Xclang",
                   "--extra-arg=c++-template-inlining=false")
# In tests the analyzer takes ten times as long as all other checks, and the sanitizers watch tests anyway.
TEST_OPTIONS = ("--checks=-clang-analyzer-*",)


def plugin(folder: Path) -> Path:
    """Returns the plugin own_code.cpp, compiled for the installed clang-tidy."""
    source = PLUGIN_SOURCE.read_bytes()
    found = folder / f"own_code-{hashlib.sha256(source).hexdigest()[:16]}.so"
    if not found.exists():
        tidy = Path(subprocess.run(["which", "clang-tidy"], check=True, capture_output=True,
                                   text=True).stdout.strip()).resolve()
        draft = found.with_suffix(".part")
        subprocess.run(["g++", "-std=c++17", "-O1", "-fPIC", "-shared", "-fno-rtti", "-isystem",
                        tidy.parent.parent / "include", PLUGIN_SOURCE, "-o", draft], check=True)
        draft.rename(found)
    return found


class Source:
    def __init__(self, entry: dict[str, str], root: Path) -> None:
        self.path = Path(entry["directory"], entry["file"]).resolve()
        self.name = str(self.path.relative_to(root))
        self.folder = entry["directory"]
        self.arguments = shlex.split(entry["command"])

    def options(self) -> tuple[str, ...]:
        return TEST_OPTIONS if self.name.startswith("tests/") else PROGRAM_OPTIONS

    def preprocessed(self) -> bytes:
        """Returns its preprocessed text with comments. clang-tidy will report what fails here."""
        output = self.arguments.index("-o")
        command = self.arguments[:output] + self.arguments[output + 2:]
        command[command.index("-c")] = "-E"
        return subprocess.run([*command, "-CC"], cwd=self.folder, capture_output=True).stdout


class Lint:
    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        self.plugin = plugin(folder)
        self.clean = folder / "clean"
        self.clean.mkdir(exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
        self.common = version + (root / ".clang-tidy").read_bytes() + self.plugin.name.encode()

    def key(self, source: Source) -> str:
        digest = hashlib.sha256(self.common)
        for part in (*source.options(), *source.arguments):
            digest.update(part.encode() + b"\0")
        digest.update(source.preprocessed())
        return digest.hexdigest()

    def check(self, source: Source) -> tuple[bool, str]:
        """Returns whether the source had to be checked, and the findings."""
        seal = self.clean / self.key(source)
        if seal.exists():
            seal.touch()
            return False, ""
        done = subprocess.run(["clang-tidy", "--quiet", f"--load={self.plugin}", f"-p={self.folder}",
                               *source.options(), source.path], cwd=self.root, capture_output=True,
                              text=True, errors="replace")
        if done.returncode == 0 and not done.stdout.strip():
            seal.touch()
            return True, ""
        notes = [line for line in done.stderr.splitlines() if "warnings generated" not in line]
        return True, done.stdout + "\n".join(notes)


def show_progress(done: int, of: int, name: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{done} of {of}  {name}", end="" if done < of else "\r\x1b[K", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("source", nargs="*", type=Path)
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of .clang-tidy and of all sources")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    entries = json.loads((arguments.folder / "compile_commands.json").read_text())
    # If a source is compiled twice, take the first command: its checks do not depend on the target.
    sources = {(found := Source(entry, root)).path: found for entry in reversed(entries)}
    wanted = [path.resolve() for path in arguments.source] or list(sources)
    if unknown := [str(path) for path in wanted if path not in sources]:
        print(f"tidy.py: no compile command for {' '.join(unknown)}", file=sys.stderr)
        return 1
    lint = Lint(arguments.folder.resolve(), root)
    # The largest first, so that all processors finish at about the same time.
    wanted.sort(key=lambda path: path.stat().st_size, reverse=True)
    checked = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(lint.check, sources[path]): path for path in wanted}
        for done, run in enumerate(concurrent.futures.as_completed(runs), 1):
            was_checked, findings = run.result()
            checked += was_checked
            failed += bool(findings)
            show_progress(done, len(wanted), sources[runs[run]].name)
            if findings:
                print(findings)
    print(f"{len(wanted)} sources: {checked} checked, {len(wanted) - checked} unchanged since they were clean")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
