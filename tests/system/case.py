"""What the test cases are made of: a class has one machine, with the packages under test in it."""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
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


def repacked(deb: Path, version: str) -> Path:
    """The same package as another version; its folder goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="yodel-repacked-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(["dpkg-deb", "--raw-extract", deb, folder / "tree"], check=True)
    control = folder / "tree" / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text()))
    result = folder / f"{deb.name.split('_')[0]}_{version}.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", folder / "tree", result],
                   check=True, stdout=subprocess.DEVNULL)
    return result


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
