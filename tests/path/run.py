"""Runs one module of the tests on real paths, in namespaces that end with it: run.py MODULE [PATTERN...]

Exits with 0 for success, 1 for failure, and 77, with the reason, if this host cannot make such namespaces.
"""

import sys

sys.dont_write_bytecode = True  # keep the source folder clean

import argparse
import ctypes
import os
import shutil
import signal
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # processes.py
from processes import guarded

SKIPPED = 77
PR_SET_PDEATHSIG = 1
TOOLS = ("haproxy", "ip", "keepalived", "nc", "nft", "nsenter", "setpriv", "ss", "unshare")
# When its first process ends, a PID namespace kills all others.
UNSHARE = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
INSIDE = "--inside"
TRIAL = """
ip link set lo up && ip link add one type veth peer name two && nft -f - <<'END'
table ip trial {
  chain after {
    type nat hook postrouting priority srcnat
    masquerade
  }
  chain forward {
    type filter hook forward priority filter
    tcp option maxseg size set 1000 ip dscp set ef numgen inc mod 2 0 counter drop
  }
}
END
"""


def why_not() -> str:
    """Returns why this host cannot run the tests, or "" if it can."""
    if os.geteuid() != 0:
        return "tests on real paths need root"
    if absent := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"tests on real paths need {', '.join(absent)}"
    tried = guarded([*UNSHARE, "sh", "-c", TRIAL], status=None)
    return "" if tried.status == 0 else f"no network namespaces as these tests need them: {tried.stderr.strip()}"


def run_module(name: str, patterns: list[str]) -> int:
    """Runs it with a /run of its own, also for its temporary files: the mounts end with their namespace."""
    guarded(["mount", "-t", "tmpfs", "yodel-path", "/run"])
    tempfile.tempdir = "/run"
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns] or None
    suite = loader.loadTestsFromName(f"test_{name}")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("module", help="the module to run, without test_")
    parser.add_argument("pattern", nargs="*", help="run the tests whose names contain one of these")
    arguments = parser.parse_args()
    if arguments.inside:
        return run_module(arguments.module, arguments.pattern)
    if reason := why_not():
        print(f"skipped: {reason}")
        return SKIPPED
    # If ctest is killed, this must not continue unnoticed; unshare(1) itself passes it on.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-B", __file__, INSIDE, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
