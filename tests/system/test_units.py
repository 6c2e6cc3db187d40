"""Tests the packaged service: it runs once installed, and follows systemctl."""

import sys

from case import INTEGRATION, SystemTest
from processes import wait_until
from service import (BUILT_IN, DIALOGUE, ECHO_PORT, FILE, PORT, PROBE_PORT, SERVICE, SOCKET, Load, Session, configure,
                     drop_in, exposure, talk, welcome_after_reload)


class Units(SystemTest):
    def titles(self) -> list[str]:
        return [process.arguments for process in self.machine.processes(SERVICE)]

    def test_installed_the_service_is_enabled_and_active(self) -> None:
        self.assertEqual(self.machine.systemctl("is-enabled", SERVICE).stdout.strip(), "enabled")
        self.assertEqual(self.machine.systemctl("is-active", SERVICE).stdout.strip(), "active")

    def test_systemd_logs_no_complaint_about_the_units(self) -> None:
        said = self.machine.run("journalctl --quiet -b -o cat _PID=1 | grep -i yodel || true")
        complaints = [line for line in said.stdout.splitlines()
                      if not line.startswith(("Start", "Listening", "Stopp", "Reload", "Closed"))]
        self.assertEqual(complaints, [])

    def test_systemd_verifies_the_units(self) -> None:
        found = self.machine.run("systemd-analyze", "verify", "--man=no", SERVICE, SOCKET)
        self.assertEqual(found.stdout + found.stderr, "")

    def test_the_installed_file_is_valid(self) -> None:
        self.machine.run("yodeld", "--check", "--config", FILE)

    def test_the_client_has_the_dialogue(self) -> None:
        self.assertEqual(talk(self.machine, "alice", "bob", "jack"), DIALOGUE)

    def test_the_installed_file_serves_echo_too(self) -> None:
        self.machine.run("yodel", "ping", "-c", "1", "--protocol", "echo", "-s",
                         f"127.0.0.1:{ECHO_PORT}")

    def test_the_installed_file_serves_probe_too(self) -> None:
        with self.machine.connect(PROBE_PORT, timeout=30) as peer:
            header = peer.recv(1024).decode()
        self.assertTrue(header.startswith("probe/1 version="), header)
        self.assertIn(" idle_timeout=7200s syn.", header)

    def test_the_classic_client_has_the_dialogue(self) -> None:
        said = self.machine.host(sys.executable, str(INTEGRATION / "classic_client.py"), str(PORT))
        self.assertEqual(said.stdout.splitlines(), DIALOGUE)

    def test_security_is_at_most_1_1(self) -> None:
        figure = exposure(self.machine)
        print(f"        exposure {figure}")
        self.assertLessEqual(figure, 1.1)

    def test_it_runs_as_its_own_user_without_capabilities(self) -> None:
        for process in self.machine.processes(SERVICE):
            status = self.machine.read(f"/proc/{process.pid}/status")
            self.assertRegex(status, r"CapEff:\t0{16}\n")
            self.assertRegex(status, r"NoNewPrivs:\t1\n")
            owner = self.machine.run("stat", "--format=%U", f"/proc/{process.pid}").stdout.strip()
            self.assertEqual(owner, "yodel", process)

    def test_status_counts_sessions_and_names_each_process(self) -> None:
        session = Session(self.machine)

        def status() -> str:
            said = self.machine.systemctl("status", "--no-pager", "--full", SERVICE).stdout
            self.assertRegex(said, r'Status: "sessions: 1 of [0-9]+ active, [1-9][0-9]* served, 0 refused')
            return said

        said = wait_until(status, "the session in the status")
        for title in ("manager", "log", f"acceptor 127.0.0.1:{PORT}",
                      f"session 127.0.0.1:{session.port} greet"):
            self.assertRegex(said, rf"─[0-9]+ \"?yodeld: {title}\"?\n")
        session.end()

    def test_reload_returns_when_the_new_settings_are_in_force(self) -> None:
        before = self.machine.main_pid(SERVICE)
        for turn in range(20):
            self.assertEqual(welcome_after_reload(self.machine, f"turn {turn}"), f"turn {turn}")
        self.assertEqual(self.machine.main_pid(SERVICE), before)

    def test_reload_of_a_bad_file_fails_with_the_reason_and_changes_nothing(self) -> None:
        configure(self.machine, '[greet]\nwelcome = "new"\n[[listen]]\nprot = 1\n')
        reload = self.machine.systemctl("reload", SERVICE, check=False)
        self.assertNotEqual(reload.status, 0)
        reason = f"{FILE}:4:1: error: unknown key 'prot' in [[listen]]; did you mean 'port'?"
        wait_until(
            lambda: [r for r in self.machine.journal("--unit", SERVICE)
                     if r["MESSAGE"] == reason and r["PRIORITY"] == "3"
                     and r["YODEL_CONFIG_LINE"] == "4"], "the reason in the journal")
        self.assertEqual(self.machine.systemctl("is-active", SERVICE).stdout.strip(), "active")
        session = Session(self.machine)
        self.assertEqual(session.welcome, "turn 19")
        session.end()
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("reload", SERVICE)

    def test_a_session_survives_a_reload_and_its_reply_a_restart(self) -> None:
        configure(self.machine, '[greet]\ndelay = "3s"\n')
        self.machine.systemctl("reload", SERVICE)
        session = Session(self.machine)
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("reload", SERVICE)
        self.assertEqual(session.say("alice"), "hello, alice!")
        session.ask("bob")
        restart = self.machine.start("systemctl", "restart", SERVICE)
        wait_until(lambda: self.machine.show(SERVICE, "SubState") == "stop-sigterm",
                   "the stop")
        status = self.machine.show(SERVICE, "StatusText")
        self.assertRegex(status, "stopping, waiting for the last sessions: 1 active")
        self.assertEqual(session.answer(), "hello, bob!")
        self.assertEqual(session.rest(), b"")
        self.assertEqual(restart.wait(30), 0)
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_a_stop_waits_for_a_grace_longer_than_the_units_timeout(self) -> None:
        drop_in(self.machine, "time", "[Service]\nTimeoutStopSec=1s\n")
        configure(self.machine, '[greet]\ndelay = "4s"\n[shutdown]\ngrace = "1m"\n')
        self.machine.systemctl("reload", SERVICE)
        session = Session(self.machine)
        session.ask("alice")
        stop = self.machine.start("systemctl", "stop", SERVICE)
        self.assertEqual(session.answer(), "hello, alice!")
        self.assertEqual(session.rest(), b"")
        self.assertEqual(stop.wait(30), 0)
        self.assertEqual(self.machine.show(SERVICE, "Result"), "success")
        drop_in(self.machine, "time", "")
        configure(self.machine, BUILT_IN)

    def test_stop_closes_the_port_and_leaves_no_process(self) -> None:
        self.assertFalse(self.machine.listens(PORT))
        self.assertEqual(self.machine.processes(SERVICE), [])

    def test_start_opens_the_port_again(self) -> None:
        self.machine.systemctl("start", SERVICE)
        self.assertEqual(talk(self.machine, "alice", "bob", "jack"), DIALOGUE)

    def test_a_changed_address_is_served_after_a_restart_and_the_old_one_is_closed(self) -> None:
        # The wildcard conflicts with the address that systemd still holds.
        configure(self.machine, '[[listen]]\naddress = "0.0.0.0"\n')
        self.machine.systemctl("restart", SERVICE)
        self.assertEqual(talk(self.machine, "alice", server="127.0.0.2"), DIALOGUE[:2])
        configure(self.machine, "[[listen]]\nport = 7007\n")
        self.machine.systemctl("restart", SERVICE)
        self.assertEqual(talk(self.machine, "alice", server="127.0.0.1:7007"), DIALOGUE[:2])
        self.assertFalse(self.machine.listens(PORT))
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("reload", SERVICE)
        self.assertFalse(self.machine.listens(7007))

    def test_restarts_between_conflicting_addresses(self) -> None:
        for turn in range(20):
            address = ("0.0.0.0", "127.0.0.1")[turn % 2]
            configure(self.machine, f'[[listen]]\naddress = "{address}"\n')
            self.machine.systemctl("restart", SERVICE)
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_reloads_between_conflicting_addresses_refuse_nobody(self) -> None:
        load = Load(self.machine, "--count", "1000")
        for turn in range(12):
            address = ("0.0.0.0", "127.0.0.1")[turn % 2]
            configure(self.machine, f'[[listen]]\naddress = "{address}"\n')
            self.machine.systemctl("reload", SERVICE)
        counts = load.end()
        self.assertGreaterEqual(counts["whole"], 1000)
        self.assertEqual((counts["refused"], counts["cut"], counts["other"]), (0, 0, {}), counts)
        wait_until(lambda: [r for r in self.machine.journal("--unit", SERVICE)
                            if r["MESSAGE"] == f"127.0.0.1:{PORT} replaces 0.0.0.0:{PORT}"],
                   "the record")
        self.machine.systemctl("restart", SERVICE)
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_a_link_local_listener_is_kept_and_closed_by_its_name(self) -> None:
        self.machine.run("ip address replace fe80::1/64 dev lo")
        configure(self.machine, '[[listen]]\naddress = "fe80::1%lo"\nport = 8888\n[[listen]]\n')
        self.machine.systemctl("restart", SERVICE)
        self.machine.systemctl("restart", SERVICE)
        self.assertIn("yodeld: acceptor [fe80::1%lo]:8888", self.titles())
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("reload", SERVICE)
        wait_until(lambda: not self.machine.run("ss -Hltn 'sport = :8888'").stdout,
                   "the end of the listener")

    def test_a_unix_socket_survives_a_restart_and_is_removed_with_the_service(self) -> None:
        configure(self.machine, '[[listen]]\naddress = "unix:/run/yodel/echo"\n')
        self.machine.systemctl("reload", SERVICE)
        inode = self.machine.run("stat", "--format=%i", "/run/yodel/echo").stdout
        self.machine.systemctl("restart", SERVICE)
        self.assertEqual(self.machine.run("stat", "--format=%i", "/run/yodel/echo").stdout, inode)
        self.assertEqual(talk(self.machine, "alice", server="unix:/run/yodel/echo"), DIALOGUE[:2])
        configure(self.machine, '[[listen]]\naddress = "unix:/run/yodel/other"\n')
        self.machine.systemctl("restart", SERVICE)
        self.assertEqual(self.machine.run("ls", "/run/yodel").stdout, "other\n")
        self.machine.systemctl("stop", SERVICE)
        self.machine.run("test ! -e /run/yodel")
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("start", SERVICE)
