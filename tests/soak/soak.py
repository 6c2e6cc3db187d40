#!/usr/bin/env python3
"""Runs good, slow, rude and crashing peers while yodeld is reloaded, restarted and loses processes.

The peers check every byte. At the end every session must have its record, and memory and
descriptors must be as at the start.
"""

import argparse
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # processes.py
import peers
from daemon import PATIENCE, Daemon
from processes import Failed, descriptors, resident_kib, wait_until

PEERS = 24
# The longest time that a peer may need to notice that its connection was cut.
NOTICE_SECONDS = 10.0
# How much the manager's memory may grow, in KiB.
MEMORY_KIB = 2048
RECORD = re.compile(r"connection from 127\.0\.0\.1:(\d+) (?:closed|crashed): ")


class Disturber:
    """Disturbs the daemon, and remembers when it last cut connections."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._last_cut = -1e9
        self.done: Counter[str] = Counter()

    def may_be_cut(self, since: float) -> bool:
        return self._last_cut >= since - NOTICE_SECONDS

    def _cut(self) -> None:
        self._last_cut = time.monotonic()

    def reload(self) -> None:
        self._daemon.reload()

    def restart(self) -> None:
        self._cut()
        self._daemon.restart()
        self._cut()

    def kill_acceptor(self) -> None:
        self._cut()
        victim = random.choice(self._daemon.acceptors())
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: victim not in self._daemon.acceptors()
                   and len(self._daemon.acceptors()) == 2, "two acceptors", PATIENCE)

    def crash_session(self) -> None:
        if sessions := self._daemon.sessions():
            self._cut()
            try:
                os.kill(random.choice(sessions), random.choice([signal.SIGKILL, signal.SIGSEGV]))
            except ProcessLookupError:
                pass

    def pause_acceptor(self) -> None:
        victim = random.choice(self._daemon.acceptors())
        os.kill(victim, signal.SIGSTOP)
        time.sleep(0.2)
        os.kill(victim, signal.SIGCONT)

    def disturb(self, what: Callable[[], None]) -> None:
        what()
        self.done[what.__name__] += 1


class Soak:
    def __init__(self, programs: Path, seconds: float) -> None:
        self._daemon = Daemon(programs)
        self._disturber = Disturber(self._daemon)
        self._tally = peers.Tally()
        self._stop = threading.Event()
        self._seconds = seconds

    def run(self) -> None:
        try:
            self._warm_up()
            before = self._shape()
            self._disturbed()
            if self._tally.broken:
                raise Failed("\n".join(self._tally.broken[:20]))
            self._daemon.restart()
            self._warm_up()
            self._compare(before)
            self._daemon.stop()
            self._account()
        except BaseException:
            print(self._daemon.text()[-3000:], file=sys.stderr)
            raise
        finally:
            self._daemon.close()

    def _peers(self, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Lets all peers talk for this long, and calls `meanwhile` repeatedly."""
        self._stop.clear()
        ports = {"greet": self._daemon.greet, "echo": self._daemon.echo}

        def talk() -> None:
            while not self._stop.is_set():
                peers.talk_once(ports, self._tally, self._disturber.may_be_cut)

        threads = [threading.Thread(target=talk) for _ in range(PEERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline and not self._tally.broken:
                meanwhile()
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _warm_up(self) -> None:
        self._peers(2, lambda: time.sleep(0.1))
        wait_until(lambda: not self._daemon.sessions(), "the last session to end", PATIENCE)

    def _disturbed(self) -> None:
        disturber = self._disturber
        kinds = [disturber.reload, disturber.restart, disturber.kill_acceptor,
                 disturber.crash_session, disturber.pause_acceptor]
        weights = [5, 1, 1, 4, 2]
        next_report = time.monotonic() + 10

        def meanwhile() -> None:
            nonlocal next_report
            time.sleep(random.uniform(0.1, 1))
            disturber.disturb(random.choices(kinds, weights)[0])
            if time.monotonic() > next_report:
                next_report += 10
                print(f"{self._tally.connected.total():,} connections, "
                      f"{disturber.done.total()} disturbances", flush=True)

        self._peers(self._seconds, meanwhile)

    def _shape(self) -> tuple[int, list[int], int]:
        pid = self._daemon.pid
        return (descriptors(pid), [descriptors(each) for each in self._daemon.acceptors()],
                resident_kib(pid))

    def _compare(self, before: tuple[int, list[int], int]) -> None:
        after = self._shape()
        print(f"descriptors of the manager {before[0]} → {after[0]}, of the acceptors {before[1]} → "
              f"{after[1]}; memory of the manager {before[2]} → {after[2]} KiB")
        if after[:2] != before[:2]:
            raise Failed("descriptors have leaked")
        if after[2] > before[2] + MEMORY_KIB:
            raise Failed("memory has leaked")

    def _account(self) -> None:
        tally = self._tally
        log = self._daemon.text()
        records = Counter(int(port) for port in RECORD.findall(log))
        unrecorded = tally.served - records
        unknown = records - tally.connected
        # A killed acceptor may have greeted one connection without having forked for it yet.
        limit = self._disturber.done["kill_acceptor"]
        print(f"connections {tally.connected.total():,}, certainly served "
              f"{tally.served.total():,}, records {records.total():,}, without a record "
              f"{unrecorded.total()} (at most one for each of {limit} killed acceptors)")
        for name, count in (("whole", tally.done), ("cut", tally.cut),
                            ("disturbances", self._disturber.done),
                            ("records", Counter(re.findall(r" close_reason=(\S+)", log)))):
            print(f"{name}: " + ", ".join(f"{what} {n:,}" for what, n in sorted(count.items())))
        if unrecorded.total() > limit:
            raise Failed(f"served without a record: {dict(unrecorded)}")
        if unknown:
            raise Failed(f"records of connections that nobody made: {dict(unknown)}")
        for text in ("report was lost", "lost event", "records were lost", "ignored an event"):
            if text in log:
                raise Failed(f"the log says: {text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, help="seed of the order of disturbances and peers")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}")
    random.seed(seed)
    try:
        Soak(options.programs.resolve(), options.seconds).run()
    except Failed as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
