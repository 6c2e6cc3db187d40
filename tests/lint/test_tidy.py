"""Checks that the lint finds faults, and checks again exactly what has changed.

It works on a copy of posix/, with the real configuration.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = "posix/descriptor.cpp"
HEADER = "posix/descriptor.hpp"


class Tidy(unittest.TestCase):
    folder: Path
    root: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = Path(cls.enterClassContext(tempfile.TemporaryDirectory())).resolve()
        cls.folder = cls.root / "build"
        cls.folder.mkdir()

    def setUp(self) -> None:
        for old in (self.root / "posix", self.folder / "clean"):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(ROOT / "posix", self.root / "posix")
        shutil.copy(ROOT / ".clang-tidy", self.root)
        self.compile_with()

    def compile_with(self, *options: str) -> None:
        command = ["clang++", "-std=c++20", *options, f"-I{self.root}", "-o", "x.o", "-c",
                   str(self.root / SOURCE)]
        (self.folder / "compile_commands.json").write_text(json.dumps(
            [{"directory": str(self.folder), "file": str(self.root / SOURCE),
              "command": " ".join(command)}]))

    def lint(self) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-B", HERE / "tidy.py", "--root", self.root,
                               self.folder, self.root / SOURCE], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def add(self, name: str, text: str) -> None:
        with open(self.root / name, "a") as file:
            file.write(text)

    def expect_fault(self, check: str, place: str) -> None:
        status, said = self.lint()
        self.assertEqual(status, 1, said)
        self.assertRegex(said, rf"{place}:\d+:\d+: error: .*\[.*{check}")

    def expect_clean(self, is_checked: bool) -> None:
        status, said = self.lint()
        self.assertEqual(status, 0, said)
        self.assertIn(f"1 sources: {int(is_checked)} checked", said)

    def test_an_unchanged_source_is_checked_once(self) -> None:
        self.expect_clean(is_checked=True)
        self.expect_clean(is_checked=False)

    def test_a_fault_in_a_header_is_reported_every_time(self) -> None:
        self.lint()
        self.add(HEADER, "inline int* planted() { return 0; }\n")
        for _ in range(2):
            self.expect_fault("modernize-use-nullptr", HEADER)

    def test_a_fault_that_only_the_analyzer_finds_is_reported(self) -> None:
        self.add(SOURCE, "int planted(bool yes) {\n  const int* where = nullptr;\n"
                         "  if (yes) return 0;\n  return *where;\n}\n")
        self.expect_fault("clang-analyzer-core.NullDereference", SOURCE)

    def test_the_arguments_and_the_configuration_count(self) -> None:
        self.lint()
        self.compile_with("-DPLANTED")
        self.expect_clean(is_checked=True)
        self.add(".clang-tidy", "# another one\n")
        self.expect_clean(is_checked=True)
        self.expect_clean(is_checked=False)

    def test_a_changed_comment_counts_because_it_may_be_a_nolint(self) -> None:
        self.add(SOURCE, "int* planted() { return 0; }  // NOLINT(modernize-use-nullptr)\n")
        self.lint()
        self.expect_clean(is_checked=False)
        source = self.root / SOURCE
        source.write_text(source.read_text().replace("// NOLINT(modernize-use-nullptr)", "// plain"))
        self.expect_fault("modernize-use-nullptr", SOURCE)


if __name__ == "__main__":
    unittest.main()
