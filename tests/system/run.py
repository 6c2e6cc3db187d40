"""Runs one module of the system test in a real systemd, or prepares what the modules need.

  run.py --package                         builds the packages, unless YODEL_DEBS names a folder with them
  run.py --release RELEASE                 makes the release's root, and boots it once
  run.py --release RELEASE --module NAME   runs test_NAME.py

Exits with 0 for success, 1 for failure, and 77, with the reason, if this host cannot boot a container.
If YODEL_SYSTEM_REQUIRED is set in the environment, that is a failure too.
"""

import sys

sys.dont_write_bytecode = True  # keep the source folder clean

import argparse
import ctypes
import importlib
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path
from types import FrameType, TracebackType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # processes.py
from case import PROJECT, SystemTest
from machine import close_all, missing, open_machines, why_not
from root import RELEASES, CannotMake, Root, default_cache

SKIPPED = 77
PR_SET_PDEATHSIG = 1
Error = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP. unittest passes on no exception but KeyboardInterrupt."""


def _title(test: unittest.TestCase) -> str:
    """Returns a test's name as words: test_stop_closes_the_port is "stop closes the port"."""
    name = test.id().rpartition(".")[2]
    return name.removeprefix("test_").replace("_", " ") if name.startswith("test_") else test.id()


class Report(unittest.TestResult):
    """Prints a line for each check as soon as it is done, so that a run that is killed shows how far it came."""

    def __init__(self) -> None:
        super().__init__()
        self._started = time.monotonic()

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._started = time.monotonic()

    def _line(self, word: str, test: unittest.TestCase) -> None:
        print(f"{word:7} {time.monotonic() - self._started:6.2f} s  {_title(test)}")

    def _failed(self, test: unittest.TestCase, trace: str) -> None:
        self._line("FAILED", test)
        print(trace)
        for machine in open_machines():
            if machine.leader:
                print(f"The end of the journal about yodeld ({machine.root.release}):")
                print(machine.journal_tail("yodeld.service", "yodeld.socket") or "(nothing)", "\n")

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self._line("ok", test)

    def addFailure(self, test: unittest.TestCase, err: Error) -> None:
        super().addFailure(test, err)
        self._failed(test, self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: Error) -> None:
        super().addError(test, err)
        self._failed(test, self.errors[-1][1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._line("skipped", test)
        print(f"                   {reason}")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase,
                   err: Error | None) -> None:
        super().addSubTest(test, subtest, err)
        if err and err[0]:
            kind = self.failures if issubclass(err[0], test.failureException) else self.errors
            self._failed(subtest, kind[-1][1])


class Loader(unittest.TestLoader):
    """Loads the tests of a class in the order in which they are written."""

    def getTestCaseNames(self, testCaseClass: type[unittest.TestCase]) -> list[str]:
        classes = reversed(testCaseClass.__mro__)
        written = list(dict.fromkeys(name for each in classes for name in vars(each)))
        return sorted(super().getTestCaseNames(testCaseClass), key=written.index)


def _run_module(arguments: argparse.Namespace) -> int:
    SystemTest.release = arguments.release
    loader = Loader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in arguments.pattern] or None
    suite = loader.loadTestsFromModule(importlib.import_module(f"test_{arguments.module}"))
    report = Report()
    report.failfast = arguments.failfast
    started = time.monotonic()
    suite.run(report)
    failed = len(report.failures) + len(report.errors) + len(report.unexpectedSuccesses)
    print(f"{report.testsRun} checks on {arguments.release}, {failed} failed, "
          f"{len(report.skipped)} skipped, "
          f"{time.monotonic() - started:.1f} s")
    if failed:
        return 1
    if report.skipped and len(report.skipped) >= report.testsRun:
        return SKIPPED
    return 0 if report.testsRun else 1


def _skip(reason: str) -> int:
    if os.environ.get("YODEL_SYSTEM_REQUIRED"):
        print(f"FAILED: system tests are required, but cannot run here: {reason}")
        return 1
    print(f"skipped: {reason}")
    return SKIPPED


def _build_package() -> int:
    """Builds the packages, if machines can be booted to test them. ctest itself runs the unit tests."""
    if reason := missing():
        return _skip(reason)
    if folder := os.environ.get("YODEL_DEBS"):
        print(f"using the packages in {folder}")
        return 0
    script = PROJECT / "packaging" / "build-deb.sh"
    environment = {"DEB_BUILD_OPTIONS": "nocheck"} | os.environ
    return subprocess.run([script], stdin=subprocess.DEVNULL, env=environment).returncode


def _act(arguments: argparse.Namespace) -> int:
    if arguments.package:
        return _build_package()
    if reason := why_not(Root(arguments.release, default_cache())):
        return _skip(reason)
    if arguments.module:
        return _run_module(arguments)
    print(f"{arguments.release} boots")
    return 0


def _terminate(number: int, _: FrameType | None) -> None:
    raise Terminated(f"signal {number}")


def _end_with_parent() -> None:
    """Ends this process when ctest is killed; otherwise it would continue unnoticed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", action="store_true", help="build the packages")
    parser.add_argument("--release", choices=RELEASES, help="the Debian release to boot")
    parser.add_argument("--module", metavar="NAME", help="the test module to run, without test_")
    parser.add_argument("--failfast", action="store_true", help="stop at the first failure")
    parser.add_argument("pattern", nargs="*", help="run the tests whose names contain one of these")
    arguments = parser.parse_args()
    if arguments.package == bool(arguments.release):
        parser.error("expected either --package or --release")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    _end_with_parent()
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGHUP, _terminate)
    try:
        return _act(arguments)
    except CannotMake as error:
        print(f"FAILED: {error}")
        return 1
    except KeyboardInterrupt as error:
        print(f"interrupted: {str(error) or 'from the keyboard'}")
        return 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # nothing may interrupt the cleanup
        close_all()


if __name__ == "__main__":
    sys.exit(main())
