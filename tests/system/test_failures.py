"""Tests that the service survives, or recovers from, processes that die, hang or cannot start."""

import time
from contextlib import suppress

from case import SystemTest
from processes import wait_until
from service import (BUILT_IN, DIALOGUE, PORT, SERVICE, Session, configure, drop_in, talk)

ACCEPTOR = f"yodeld: acceptor 127.0.0.1:{PORT}"  # its title


class Failures(SystemTest):
    def process(self, title: str) -> int:
        found = [p.pid for p in self.machine.processes(SERVICE) if p.arguments.startswith(title)]
        self.assertEqual(len(found), 1, title)
        return found[0]

    def signal(self, name: str, pid: int) -> None:
        self.machine.run(f"kill -{name} {pid}")

    def test_a_crashed_session_affects_nobody_else(self) -> None:
        victim, other = Session(self.machine), Session(self.machine)
        manager = self.machine.main_pid(SERVICE)
        self.signal("SEGV", self.process(f"yodeld: session 127.0.0.1:{victim.port} "))
        record = wait_until(lambda: self.machine.journal("YODEL_CLOSE_REASON=crashed"),
                            "its record")[0]
        self.assertEqual(record["YODEL_PEER_PORT"], str(victim.port))
        self.assertEqual(record["YODEL_SIGNAL"], "11")
        self.assertEqual(record["_SYSTEMD_UNIT"], SERVICE)
        self.assertEqual(other.say("alice"), "hello, alice!")
        other.end()
        victim.abandon()
        self.assertEqual(self.machine.main_pid(SERVICE), manager)

    def test_an_acceptor_that_hangs_is_replaced_while_the_service_continues(self) -> None:
        session = Session(self.machine)
        manager, acceptor = self.machine.main_pid(SERVICE), self.process(ACCEPTOR)
        self.signal("STOP", acceptor)
        started = time.monotonic()
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        print(f"        serving again {time.monotonic() - started:.1f} s after SIGSTOP")
        session.end()
        self.assertEqual(self.machine.main_pid(SERVICE), manager)
        self.assertNotEqual(self.process(ACCEPTOR), acceptor)

    def test_a_manager_that_hangs_is_replaced_by_the_watchdog(self) -> None:
        manager = self.machine.main_pid(SERVICE)
        limit = float(self.machine.show(SERVICE, "WatchdogUSec").removesuffix("s"))
        self.signal("STOP", manager)
        started = time.monotonic()
        wait_until(lambda: self.machine.show(SERVICE, "ActiveState") == "active"
                   and self.machine.main_pid(SERVICE) not in (0, manager), "another manager",
                   limit + 5)
        taken = time.monotonic() - started
        print(f"        WatchdogSec={limit:.0f}s: another manager was ready after {taken:.1f} s")
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        # The last sign of life may be up to half an interval old; the rest is the restart.
        self.assertGreater(taken, limit / 2)

    def test_the_watchdog_is_notified_repeatedly(self) -> None:
        manager = self.machine.main_pid(SERVICE)
        stamps = set()

        def three() -> bool:
            stamps.add(self.machine.show(SERVICE, "WatchdogTimestampMonotonic"))
            return len(stamps) >= 4

        wait_until(three, "three signs of life", 30)
        self.assertEqual(self.machine.main_pid(SERVICE), manager)

    def test_out_of_memory_ends_sessions_and_not_the_service(self) -> None:
        configure(self.machine, "[limits]\nsessions = 4000\n[[listen]]\nbacklog = 4096\n")
        drop_in(self.machine, "memory", "[Service]\nMemoryMax=64M\nMemorySwapMax=0\n")
        self.machine.systemctl("restart", SERVICE)
        manager = self.machine.main_pid(SERVICE)
        self.assertEqual(self.machine.show(SERVICE, "OOMPolicy"), "continue")
        run = self.machine.show(SERVICE, "InvocationID")
        held = []

        def killed() -> list[dict[str, object]]:
            for _ in range(20):
                held.append(self.machine.connect(PORT))
            # If memory runs out in a fork, that fails, and nobody is killed. A page that a session writes to
            # needs memory at once.
            for connection in held:
                with suppress(OSError):
                    connection.send(b"a\n")
            return self.machine.journal(f"_SYSTEMD_INVOCATION_ID={run}", "YODEL_SIGNAL=9")

        try:
            first = wait_until(killed, "a process to be killed", 60)[0]
        finally:
            for connection in held:
                connection.close()
        print(f"        with {len(held)} connections in 64 MiB: {first['MESSAGE']}")
        self.assertEqual(self.machine.main_pid(SERVICE), manager)
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        drop_in(self.machine, "memory", "")
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("restart", SERVICE)

    def test_at_the_task_limit_connections_wait(self) -> None:
        manager, acceptor = self.machine.main_pid(SERVICE), self.process(ACCEPTOR)
        own = "5"  # the manager, the log writer and three acceptors
        wait_until(lambda: self.machine.show(SERVICE, "TasksCurrent") == own,
                   "the end of earlier sessions", 30)
        self.limit_tasks(own)
        self.addCleanup(self.limit_tasks, "infinity")
        first = Session(self.machine)
        waiting = [self.machine.connect(PORT, timeout=30) for _ in range(20)]
        records = wait_until(self.shortages, "a record of the shortage")
        self.assertEqual(self.machine.show(SERVICE, "TasksCurrent"), own)
        self.limit_tasks("infinity")
        self.assertEqual([first.welcome, first.say("alice")], DIALOGUE[:2])
        self.assertEqual(first.end(), b"")
        for connection in waiting:
            with connection:
                self.assertEqual(connection.recv(1024), b"welcome")
        self.assertTrue(records[0].endswith("Resource temporarily unavailable; callers wait"),
                        records[0])
        self.assertEqual(self.machine.main_pid(SERVICE), manager)
        self.assertEqual(self.process(ACCEPTOR), acceptor)

    def limit_tasks(self, limit: str) -> None:
        self.machine.systemctl("set-property", "--runtime", SERVICE, f"TasksMax={limit}")

    def shortages(self) -> list[str]:
        return [str(r["MESSAGE"]) for r in self.machine.journal("--unit", SERVICE)
                if "cannot fork a session" in r["MESSAGE"]]

    def test_it_backs_off_after_failed_starts_and_never_gives_up(self) -> None:
        configure(self.machine, "[[listen]]\nport = 'x'\n")
        failed = self.machine.systemctl("restart", SERVICE, check=False)
        self.assertNotEqual(failed.status, 0)
        wait_until(lambda: self.waits() >= 2, "the second wait", 30)
        self.assertEqual(self.machine.show(SERVICE, "ActiveState"), "activating")
        self.assertIn("starts in a row", self.machine.show(SERVICE, "StatusText"))
        configure(self.machine, BUILT_IN)
        wait_until(lambda: self.machine.show(SERVICE, "ActiveState") == "active", "it to serve", 30)
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_the_reason_of_each_failed_start_is_an_error_in_the_journal(self) -> None:
        failed = self.machine.run("journalctl --quiet --output=cat _PID=1 --unit=yodeld.service "
                                  "| grep -c 'status=78'")
        errors = self.machine.journal("--unit", SERVICE, "--priority", "err")
        reasons = [r for r in errors if "yodeld.toml:2:8: error: " in r["MESSAGE"]]
        starts = [r for r in errors if r["MESSAGE"].startswith("cannot start: ")]
        self.assertGreater(len(starts), 10)
        self.assertEqual([len(reasons), len(starts)], [int(failed.stdout)] * 2)

    def test_a_start_by_hand_does_not_wait(self) -> None:
        before = self.waits()
        for _ in range(15):
            self.machine.systemctl("restart", SERVICE)
        self.assertEqual(self.waits(), before)

    def waits(self) -> int:
        return len([r for r in self.machine.journal("--unit", SERVICE)
                    if "times in a row" in r["MESSAGE"]])
