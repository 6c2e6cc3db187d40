"""Tests that restarts, reloads, an upgrade and deaths of the manager refuse no connection."""

from case import SystemTest, package, repacked
from processes import wait_until
from service import FILE, SERVICE, Load, configure

TURNS = 10
CONNECTS = 20_000
CLIENTS = 8
VERSION = "99.0"


class Refusals(SystemTest):
    total = 0

    def under_load(self, count: int, act, max_cut: int = 0) -> None:
        """Calls `act` during a load of at least `count` conversations."""
        load = Load(self.machine, "--count", str(count), "--processes", str(CLIENTS))
        act()
        counts = load.end()
        print(f"        {counts}")
        type(self).total += counts["conversations"]
        self.assertEqual(counts["refused"], 0)
        self.assertEqual(counts["other"], {})
        self.assertLessEqual(counts["cut"], max_cut)

    def test_ten_restarts(self) -> None:
        def act() -> None:
            for _ in range(TURNS):
                before = self.machine.main_pid(SERVICE)
                self.machine.systemctl("restart", SERVICE)
                self.assertNotEqual(self.machine.main_pid(SERVICE), before)

        # A client that has not sent its message yet is owed no reply.
        self.under_load(CONNECTS // 4, act, max_cut=TURNS * CLIENTS)

    def test_ten_reloads(self) -> None:
        def act() -> None:
            before = self.machine.main_pid(SERVICE)
            for turn in range(TURNS):
                configure(self.machine, f"[[listen]]\nbacklog = {200 + turn}\n")
                self.machine.systemctl("reload", SERVICE)
            self.assertEqual(self.machine.main_pid(SERVICE), before)

        self.under_load(CONNECTS // 4, act)

    def test_ten_deaths_of_the_manager(self) -> None:
        def act() -> None:
            for _ in range(TURNS):
                before = self.machine.main_pid(SERVICE)
                self.machine.run(f"kill -KILL {before}")
                wait_until(lambda: self.machine.main_pid(SERVICE) not in (0, before)
                           and self.machine.show(SERVICE, "ActiveState") == "active",
                           "another manager", 30)

        # The manager's sessions end with it: at most one for each client.
        self.under_load(CONNECTS // 4, act, max_cut=TURNS * CLIENTS)

    def test_an_upgrade_of_the_package_which_keeps_the_edited_file(self) -> None:
        edited = self.machine.read(FILE)
        before = self.machine.main_pid(SERVICE)
        newer = [repacked(package(name), VERSION) for name in self.packages]
        self.under_load(CONNECTS // 4, lambda: self.machine.install(*newer), max_cut=CLIENTS)
        self.assertEqual(self.machine.run(
            "dpkg-query --show --showformat='${Version}' yodeld").stdout, VERSION)
        self.assertNotEqual(self.machine.main_pid(SERVICE), before)
        self.assertEqual(self.machine.read(FILE), edited)

    def test_there_were_enough_connections(self) -> None:
        print(f"        {self.total} connects, 0 refused")
        self.assertGreaterEqual(self.total, CONNECTS)
