"""Tests the records in the journal, and what happens when journald does not read.

The environment variable YODEL_SESSIONS is the number of sessions of the tests without a pace, 20000 by default.
"""

import os
import re

from case import PROJECT, SystemTest
from processes import wait_until
from service import (BUILT_IN, DIALOGUE, PORT, SERVICE, Load, Session, configure, drop_in, talk,
                     welcome_after_reload)

SESSIONS = 20_000
UNPACED_SESSIONS = int(os.environ.get("YODEL_SESSIONS", SESSIONS))
PER_SECOND = 2_000
SESSION_ENDED = "691c4165759643a195b2f3e97d40030b"
LOG_LOST = "725cfb3ecf124992b1ab723626ef0837"
CATALOG = PROJECT / "packaging" / "yodel.catalog"
# yodeld keeps 8 MiB of records, far fewer than these, for a journald that does not read.
MORE_THAN_WAIT = 20_000
STOPPED_SECONDS = 60
# systemd kills a journald that has been silent for three minutes. A slow machine needs most of them for these sessions.
NO_WATCHDOG = "[Service]\nWatchdogSec=0\n"
# Lower than what the tests send, even times journald's factor of 1 to 6 for free disk space. journald's default,
# 10,000 in 30 s, comes to more than 30,000 records if the disk is empty.
JOURNALD_LIMIT = """[Journal]
RateLimitIntervalSec=1h
RateLimitBurst=1000
"""


class RecordsOfSessions(SystemTest):
    """Counts the records of sessions of this run of the service."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        drop_in(cls.machine, "watchdog", NO_WATCHDOG, "systemd-journald.service")
        cls.machine.systemctl("restart", "systemd-journald")

    def setUp(self) -> None:
        self.run_id = self.machine.show(SERVICE, "InvocationID")

    def count(self, *matches: str) -> int:
        """Returns how many records of this run of the service match."""
        self.machine.run("journalctl", "--sync", timeout=120)
        found = self.machine.run("journalctl --quiet --output=cat --output-fields=YODEL_SESSION "
                                 '"$@" | wc -l', timeout=120,
                                 arguments=[f"_SYSTEMD_INVOCATION_ID={self.run_id}", *matches])
        return int(found.stdout)

    def sessions(self) -> set[str]:
        return set(self.machine.run(
            "journalctl", "--quiet", "--output=cat", "--output-fields=YODEL_SESSION",
            f"_SYSTEMD_INVOCATION_ID={self.run_id}", f"MESSAGE_ID={SESSION_ENDED}",
            timeout=120).stdout.split())

    def expect_a_record_for_each(self, sessions: int, *load_options: str) -> None:
        """Makes this many sessions, and expects one record of each, with its unit."""
        every = f"MESSAGE_ID={SESSION_ENDED}"
        before = self.count(every)
        counts = Load(self.machine, "--count", str(sessions), *load_options).end()
        self.assertEqual(counts["whole"], sessions, counts)

        def all_are_there() -> bool:
            self.assertGreaterEqual(self.count(every) - before, sessions)
            return True

        wait_until(all_are_there, "all records", 60)
        with_unit = self.count(every, f"_SYSTEMD_UNIT={SERVICE}") - before
        print(f"        {sessions} sessions in {counts['seconds']:.1f} s: "
              f"{self.count(every) - before} records, {with_unit} with their unit")
        self.assertEqual(self.count(every) - before, sessions)
        self.assertEqual(with_unit, sessions)
        self.assertEqual(len(self.sessions()), sessions + before, "each session once")
        self.assertEqual(self.suppressed(), [])

    def suppressed(self) -> list[str]:
        """Returns journald's messages about dropped records, which it writes when a limit's interval is over."""
        said = self.machine.journal("_COMM=systemd-journal", f"--grep=Suppressed .*{SERVICE}")
        return [record["MESSAGE"] for record in said]


class Journal(RecordsOfSessions):
    def test_each_session_has_a_record_with_all_its_fields(self) -> None:
        session = Session(self.machine)
        session.say("alice")
        session.end()
        record = wait_until(
            lambda: self.machine.journal("--unit", SERVICE, f"YODEL_PEER_PORT={session.port}"),
            "its record")[0]
        expected = {"_SYSTEMD_UNIT": SERVICE, "SYSLOG_IDENTIFIER": "yodeld", "PRIORITY": "6",
                    "MESSAGE_ID": SESSION_ENDED, "YODEL_PEER_ADDRESS": "127.0.0.1",
                    "YODEL_LISTENER": f"127.0.0.1:{PORT}", "YODEL_PROTOCOL": "greet",
                    "YODEL_MESSAGES": "1", "YODEL_BYTES_IN": "11", "YODEL_BYTES_OUT": "21",
                    "YODEL_CLOSE_REASON": "exit", "YODEL_EXIT_STATUS": "0"}
        self.assertEqual({name: record[name] for name in expected}, expected)
        for name in ("YODEL_SESSION", "YODEL_SESSION_PID", "YODEL_DURATION_USEC",
                     "YODEL_CPU_USEC", "YODEL_TCP_RTT_USEC", "YODEL_TCP_MIN_RTT_USEC",
                     "YODEL_TCP_MSS", "YODEL_TCP_RETRANSMITS"):
            self.assertRegex(record[name], r"^[0-9-]+$")
        self.assertRegex(record["MESSAGE"], rf"^connection from 127\.0\.0\.1:{session.port} closed: "
                         r"peer sent exit, 1 message, 11 bytes in, 21 out, "
                         r"(\d+ retransmits?, )?[0-9.]+ (µs|ms|s)$")

    def test_each_kind_of_record_has_its_entry_in_the_catalog(self) -> None:
        ids = re.findall(r"^-- ([0-9a-f]{32})$", CATALOG.read_text(), re.MULTILINE)
        listed = self.machine.run("journalctl", "--dump-catalog", *ids).stdout
        self.assertEqual(listed.count("Defined-By: yodeld"), len(ids))
        self.assertNotIn("@REPORT_TO@", listed)

    def test_the_catalog_explains_a_record_with_its_fields_filled_in(self) -> None:
        said = self.machine.run("journalctl", "--no-pager", "-x", "--unit", SERVICE,
                                f"MESSAGE_ID={SESSION_ENDED}", "--lines=1").stdout
        self.assertIn("░░ Subject: A session has ended", said)
        self.assertIn("░░ Reason: exit.", said)
        self.assertIn("man:yodeld(8)", said)
        self.assertNotIn("@YODEL", said)

    def test_20000_sessions_in_10_s_leave_20000_records_each_with_its_unit(self) -> None:
        self.expect_a_record_for_each(SESSIONS, "--rate", str(PER_SECOND))

    def test_a_journald_that_does_not_read_for_a_minute_delays_nothing(self) -> None:
        manager = self.machine.main_pid(SERVICE)
        every = f"MESSAGE_ID={SESSION_ENDED}"
        before, lost_before = self.count(every), self.lost()
        journald = self.machine.main_pid("systemd-journald")
        self.machine.run(f"kill -STOP {journald}")
        try:
            total = 0
            load = Load(self.machine, "--count", str(MORE_THAN_WAIT),
                        "--rate", str(MORE_THAN_WAIT / STOPPED_SECONDS))
            for turn in range(3):
                self.assertEqual(welcome_after_reload(self.machine, f"turn {turn}"),
                                 f"turn {turn}")
                total += 1
            configure(self.machine, BUILT_IN)
            self.machine.systemctl("reload", SERVICE)
            counts = load.end()
            # Those that got another welcome were served too.
            total += counts["conversations"]
            self.assertEqual(counts["refused"] + counts["cut"], 0, counts)
            self.assertEqual([o for o in counts["other"] if not o.startswith("wrong: b'turn ")], [])
            self.assertGreater(counts["seconds"], STOPPED_SECONDS - 1)
            self.assertEqual(self.machine.main_pid(SERVICE), manager, "the watchdog has replaced the manager")
            self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
            total += 1
        finally:
            self.machine.run(f"kill -CONT {journald}")
        # The first record after the backlog says how many are missing.
        talk(self.machine, "alice")
        total += 1
        accounted = wait_until(
            lambda: (self.count(every) - before + self.lost() - lost_before >= total)
            and (self.count(every) - before, self.lost() - lost_before), "every record", 60)
        written, lost = accounted
        print(f"        {total} sessions in {counts['seconds']:.0f} s: {written} records, "
              f"{lost} counted as lost")
        self.assertGreater(lost, 0, "the test did not fill the backlog")
        late = self.machine.journal(f"_SYSTEMD_INVOCATION_ID={self.run_id}", "--grep=closed:",
                                    "--output-fields=YODEL_DELAY_USEC")
        longest = max(int(record.get("YODEL_DELAY_USEC", 0)) for record in late)
        self.assertGreater(longest, (STOPPED_SECONDS - 30) * 1_000_000)
        # The lost records include those of other kinds.
        self.assertLessEqual(written + lost, total + 40)

    def lost(self) -> int:
        """Returns the number of records that were reported as lost."""
        records = self.machine.journal(f"_SYSTEMD_INVOCATION_ID={self.run_id}",
                                       f"MESSAGE_ID={LOG_LOST}")
        return sum(int(re.match(r"[0-9]+", record["MESSAGE"])[0]) for record in records)

    def test_a_journald_that_does_not_read_does_not_keep_the_service_from_stopping(self) -> None:
        journald = self.machine.main_pid("systemd-journald")
        self.machine.run(f"kill -STOP {journald}")
        try:
            load = Load(self.machine, "--count", "1500")
            self.assertEqual(load.end()["whole"], 1500)
            self.machine.systemctl("stop", SERVICE)
            self.assertEqual(self.machine.processes(SERVICE), [])
            self.machine.systemctl("start", SERVICE)
            self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        finally:
            self.machine.run(f"kill -CONT {journald}")
        self.assertEqual(self.machine.show(SERVICE, "Result"), "success")


class RateLimitOfTheJournal(RecordsOfSessions):
    """journald drops what a service sends beyond a limit, although sd_journal_sendv(3) succeeds."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.machine.write("/etc/systemd/journald.conf.d/limit.conf", JOURNALD_LIMIT)
        cls.machine.systemctl("restart", "systemd-journald")
        cls.machine.systemctl("restart", SERVICE)

    def test_it_acts_on_a_service_that_does_not_raise_it(self) -> None:
        self.machine.run("systemd-run", "--quiet", "--wait", "--unit=chatty", "seq", str(SESSIONS))
        self.machine.run("journalctl", "--sync")
        kept = int(self.machine.run("journalctl --quiet -o cat -u chatty | wc -l").stdout)
        print(f"        of {SESSIONS} lines of another service {kept} were kept")
        self.assertLess(kept, SESSIONS)

    def test_each_session_leaves_a_record_however_low_it_is(self) -> None:
        self.expect_a_record_for_each(UNPACED_SESSIONS)


class JournalOfItsOwn(SystemTest):
    """Tests LogNamespace= as in docs/administration.md."""

    def stored(self, *arguments: str) -> int:
        self.machine.run("journalctl", "--sync", timeout=120)
        found = self.machine.run('journalctl --quiet --output=cat --output-fields=MESSAGE "$@" | '
                                 "wc -l", timeout=120, arguments=list(arguments))
        return int(found.stdout)

    def test_a_flood_of_sessions_does_not_cost_the_records_of_others(self) -> None:
        self.machine.write("/etc/systemd/journald.conf.d/small.conf",
                           "[Journal]\nSystemMaxUse=16M\n")
        self.machine.systemctl("restart", "systemd-journald")
        drop_in(self.machine, "journal", "[Service]\nLogNamespace=yodel\n")
        self.machine.systemctl("restart", SERVICE)
        self.machine.run("echo the first record | systemd-cat -t somebody")
        counts = Load(self.machine, "--count", str(SESSIONS)).end()
        self.assertEqual(counts["whole"], SESSIONS, counts)
        ended = ["--unit", SERVICE, f"MESSAGE_ID={SESSION_ENDED}"]
        wait_until(lambda: self.stored("--namespace=yodel", *ended) == SESSIONS, "all records", 60)
        self.assertEqual(self.stored("-t", "somebody"), 1, "16 MB of records have pushed it out")
        self.assertEqual(self.stored(*ended), 0)
