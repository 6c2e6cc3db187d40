"""The base of the test cases: each class has one machine, with the packages under test installed."""

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
    """Returns YODEL_DEBS, or the folder where packaging/build-deb.sh leaves the packages."""
    return Path(os.environ.get("YODEL_DEBS") or PROJECT / "build" / "deb")


def package(name: str) -> Path:
    """Returns the file of a package; there must be exactly one."""
    found = sorted(package_folder().glob(f"{name}_*.deb"))
    if len(found) != 1:
        raise AssertionError(f"expected one {name}_*.deb in {package_folder()}, found {len(found)}")
    return found[0]


def repacked(deb: Path, version: str) -> Path:
    """Returns the same package with another version; the file is removed when this process ends."""
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
    """A test case whose tests run in the order in which they are written, in one machine."""

    release = ""  # set by run.py
    packages = PACKAGES  # installed before the first test
    machine: Machine

    @classmethod
    def setUpClass(cls) -> None:
        cls.machine = cls.enterClassContext(Machine(root_for(cls.release)))
        if cls.packages:
            cls.machine.install(*map(package, cls.packages))
