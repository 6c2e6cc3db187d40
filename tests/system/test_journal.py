"""What the journal tells an administrator, and what happens when it does not listen."""

import re

from case import PROJECT, SystemTest
from service import (DIALOGUE, PORT, SERVICE, Load, Session, configure, talk,
                     welcome_after_reload)

SESSIONS = 20_000
PER_SECOND = 2_000
SESSION_ENDED = "691c4165759643a195b2f3e97d40030b"
LOG_LOST = "725cfb3ecf124992b1ab723626ef0837"
CATALOG = PROJECT / "packaging" / "yodel.catalog"
# What waits for a journal that does not listen is far less than this many records.
MORE_THAN_WAIT = 40_000
STOPPED_SECONDS = 60


class Journal(SystemTest):
    def setUp(self) -> None:
        self.run_id = self.machine.show(SERVICE, "InvocationID")

    def count(self, *matches: str) -> int:
        """How many records of this run of the service there are."""
        self.machine.run("journalctl", "--sync", timeout=120)
        found = self.machine.run("journalctl --quiet --output=cat --output-fields=YODEL_SESSION "
                                 '"$@" | wc -l', timeout=120,
                                 arguments=[f"_SYSTEMD_INVOCATION_ID={self.run_id}", *matches])
        return int(found.stdout)

    def test_each_session_has_a_record_with_all_its_fields(self) -> None:
        session = Session(self.machine)
        session.say("alice")
        session.end()
        record = self.machine.wait_for(
            lambda: self.machine.journal("--unit", SERVICE, f"YODEL_PEER_PORT={session.port}"),
            "its record")[0]
        expected = {"_SYSTEMD_UNIT": SERVICE, "SYSLOG_IDENTIFIER": "yodeld", "PRIORITY": "6",
                    "MESSAGE_ID": SESSION_ENDED, "YODEL_PEER_ADDRESS": "127.0.0.1",
                    "YODEL_LISTENER": f"127.0.0.1:{PORT}", "YODEL_PROTOCOL": "greet",
                    "YODEL_MESSAGES": "1", "YODEL_BYTES_IN": "11", "YODEL_BYTES_OUT": "21",
                    "YODEL_CLOSE_REASON": "exit", "YODEL_EXIT_STATUS": "0"}
        self.assertEqual({name: record[name] for name in expected}, expected)
        for name in ("YODEL_SESSION", "YODEL_SESSION_PID", "YODEL_DURATION_USEC",
                     "YODEL_CPU_USEC"):
            self.assertRegex(record[name], r"^[0-9-]+$")
        self.assertRegex(record["MESSAGE"], rf"^connection from 127\.0\.0\.1:{session.port} closed: "
                         r"peer sent exit, 1 message, 11 bytes in, 21 out, [0-9.]+ ms$")

    def test_each_kind_of_record_has_its_entry_in_the_catalog(self) -> None:
        ids = re.findall(r"^-- ([0-9a-f]{32})$", CATALOG.read_text(), re.MULTILINE)
        listed = self.machine.run("journalctl", "--dump-catalog", *ids).stdout
        self.assertEqual(listed.count("Defined-By: yodeld"), len(ids))

    def test_the_catalog_explains_a_record_with_its_fields_filled_in(self) -> None:
        said = self.machine.run("journalctl", "--no-pager", "-x", "--unit", SERVICE,
                                f"MESSAGE_ID={SESSION_ENDED}", "--lines=1").stdout
        self.assertIn("░░ Subject: A session has ended", said)
        self.assertIn("░░ Reason: exit.", said)
        self.assertIn("man:yodeld(8)", said)
        self.assertNotIn("@YODEL", said)

    def test_20000_sessions_in_10_s_leave_20000_records_each_with_its_unit(self) -> None:
        before = self.count(f"MESSAGE_ID={SESSION_ENDED}")
        load = Load(self.machine, "--count", str(SESSIONS), "--rate", str(PER_SECOND))
        counts = load.end()
        self.assertEqual(counts["whole"], SESSIONS, counts)
        every = f"MESSAGE_ID={SESSION_ENDED}"
        self.machine.wait_for(lambda: self.count(every) - before >= SESSIONS, "all records", 60)
        with_unit = self.count(every, f"_SYSTEMD_UNIT={SERVICE}") - before
        print(f"        {SESSIONS} sessions in {counts['seconds']:.1f} s: "
              f"{self.count(every) - before} records, {with_unit} with their unit")
        self.assertEqual(self.count(every) - before, SESSIONS)
        self.assertEqual(with_unit, SESSIONS)
        self.assertEqual(len(self.sessions()), SESSIONS + before, "each session once")

    def sessions(self) -> set[str]:
        return set(self.machine.run(
            "journalctl", "--quiet", "--output=cat", "--output-fields=YODEL_SESSION",
            f"_SYSTEMD_INVOCATION_ID={self.run_id}", f"MESSAGE_ID={SESSION_ENDED}",
            timeout=120).stdout.split())

    def test_a_journal_that_does_not_listen_for_a_minute_holds_nothing_up(self) -> None:
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
            configure(self.machine, "")
            self.machine.systemctl("reload", SERVICE)
            counts = load.end()
            # Those that have met another welcome were served too.
            total += counts["conversations"]
            self.assertEqual(counts["refused"] + counts["cut"], 0, counts)
            self.assertEqual([o for o in counts["other"] if not o.startswith("wrong: b'turn ")], [])
            self.assertGreater(counts["seconds"], STOPPED_SECONDS - 1)
            self.assertEqual(self.machine.main_pid(SERVICE), manager, "the watchdog was content")
            self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
            total += 1
        finally:
            self.machine.run(f"kill -CONT {journald}")
        # The first record that it takes after those that waited says how many are missing.
        talk(self.machine, "alice")
        total += 1
        accounted = self.machine.wait_for(
            lambda: (self.count(every) - before + self.lost() - lost_before >= total)
            and (self.count(every) - before, self.lost() - lost_before), "every record", 60)
        written, lost = accounted
        print(f"        {total} sessions in {counts['seconds']:.0f} s: {written} records, "
              f"{lost} counted as lost")
        self.assertGreater(lost, 0, "the test is to fill what waits")
        late = self.machine.journal(f"_SYSTEMD_INVOCATION_ID={self.run_id}", "--grep=closed:",
                                    "--output-fields=YODEL_DELAY_USEC")
        longest = max(int(record.get("YODEL_DELAY_USEC", 0)) for record in late)
        self.assertGreater(longest, (STOPPED_SECONDS - 30) * 1_000_000)
        # Records of another kind are among the lost.
        self.assertLessEqual(written + lost, total + 40)

    def lost(self) -> int:
        """The sum of what was said to be lost."""
        records = self.machine.journal(f"_SYSTEMD_INVOCATION_ID={self.run_id}",
                                       f"MESSAGE_ID={LOG_LOST}")
        return sum(int(re.match(r"[0-9]+", record["MESSAGE"])[0]) for record in records)

    def test_a_journal_that_does_not_listen_does_not_keep_the_service_from_stopping(self) -> None:
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
