"""The package's service: it runs once installed, and obeys systemctl."""

import sys

from case import INTEGRATION, SystemTest

PORT = 9999
SERVICE = "yodeld.service"
DIALOGUE = ["welcome", "hello, alice!", "hello, bob!", "hello, jack!"]


class Units(SystemTest):
    def test_installed_the_service_is_enabled_and_active(self) -> None:
        self.assertEqual(self.machine.systemctl("is-enabled", SERVICE).stdout.strip(), "enabled")
        self.assertEqual(self.machine.systemctl("is-active", SERVICE).stdout.strip(), "active")

    def test_the_installed_file_is_right(self) -> None:
        self.machine.run("yodeld", "--check", "--config", "/etc/yodel/yodeld.toml")

    def test_the_client_has_the_dialogue(self) -> None:
        said = self.machine.run("yodel", "talk", "alice", "bob", "jack")
        self.assertEqual(said.stdout.splitlines(), DIALOGUE)

    def test_the_classic_client_has_the_dialogue(self) -> None:
        said = self.machine.host(sys.executable, str(INTEGRATION / "classic_client.py"), str(PORT))
        self.assertEqual(said.stdout.splitlines(), DIALOGUE)

    def test_the_journal_has_a_record_of_each_session(self) -> None:
        def records() -> list[dict[str, object]]:
            return self.machine.journal("--unit", SERVICE, "YODEL_CLOSE_REASON=exit")

        self.machine.run("yodel", "talk", "alice")
        self.machine.wait_for(records, "a record of a session in the journal")

    def test_status_tells_how_many_were_served(self) -> None:
        def served() -> str:
            status = self.machine.systemctl("status", "--no-pager", SERVICE).stdout
            self.assertRegex(status, r"sessions: .*[1-9][0-9]* served")
            return status

        self.machine.wait_for(served, "a count of served sessions in the status")

    def test_reload_keeps_the_process(self) -> None:
        before = self.machine.main_pid(SERVICE)
        self.machine.systemctl("reload", SERVICE)
        self.assertEqual(self.machine.main_pid(SERVICE), before)
        self.machine.run("yodel", "talk", "alice")

    def test_stop_closes_the_port_and_leaves_no_process(self) -> None:
        self.machine.systemctl("stop", SERVICE)
        self.assertFalse(self.machine.listens(PORT))
        self.assertEqual(self.machine.processes(SERVICE), [])

    def test_start_opens_the_port_again(self) -> None:
        self.machine.systemctl("start", SERVICE)
        said = self.machine.run("yodel", "talk", "alice", "bob", "jack")
        self.assertEqual(said.stdout.splitlines(), DIALOGUE)
