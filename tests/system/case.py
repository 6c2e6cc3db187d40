"""What the test cases are made of: a class has one machine, with the packages under test in it."""

import os
import unittest
from pathlib import Path

from machine import Machine
from root import root_for

PROJECT = Path(__file__).resolve().parents[2]
INTEGRATION = PROJECT / "tests" / "integration"
PACKAGES = ("yodeld", "yodel")


def package_folder() -> Path:
    """Where the packages are: YODEL_DEBS, or where packaging/build-deb.sh leaves them."""
    return Path(os.environ.get("YODEL_DEBS") or PROJECT / "build" / "deb")


def package(name: str) -> Path:
    """The file of a package; there is to be exactly one."""
    found = sorted(package_folder().glob(f"{name}_*.deb"))
    if len(found) != 1:
        raise AssertionError(f"{len(found)} of {name}_*.deb in {package_folder()}, one is wanted")
    return found[0]


class SystemTest(unittest.TestCase):
    """Its tests run in the order in which they are written, in one machine."""

    release = ""  # set by run.py
    packages = PACKAGES  # what is installed before the first test
    machine: Machine

    @classmethod
    def setUpClass(cls) -> None:
        cls.machine = cls.enterClassContext(Machine(root_for(cls.release)))
        if cls.packages:
            cls.machine.install(*map(package, cls.packages))
