"""Tests the sealed variant: systemd holds the sockets, and the service has no network."""

from case import SystemTest
from machine import ENVIRONMENT
from processes import wait_until
from service import (BUILT_IN, DIALOGUE, ECHO_PORT, FILE, PORT, PROBE_PORT, SERVICE, SOCKET, Load, Session, configure,
                     exposure, talk)

OTHER_PORT = 7777
LISTEN = "/etc/systemd/system/yodeld.socket.d/listen.conf"


class Sealed(SystemTest):
    def seal(self, argument: str) -> str:
        return self.machine.run("yodeld-seal", argument).stdout.strip()

    def occupy(self, port: int) -> None:
        """Makes another program listen at the port, until the unit "other" is stopped."""
        self.machine.run("systemd-run", "--unit=other", "systemd-socket-activate",
                         f"--listen={port}", "/bin/cat")
        wait_until(lambda: self.machine.run(f"ss -Hltn 'sport = :{port}'").stdout,
                   "the other program to listen")

    def network(self, pid: int) -> str:
        return self.machine.run("readlink", f"/proc/{pid}/ns/net").stdout

    def test_the_optional_socket_starts_the_service_at_the_first_connection(self) -> None:
        self.machine.systemctl("stop", SERVICE)
        self.machine.systemctl("start", SOCKET)
        self.assertEqual(self.machine.show(SERVICE, "ActiveState"), "inactive")
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        self.assertEqual(self.machine.show(SERVICE, "ActiveState"), "active")
        self.machine.run("yodel", "ping", "-c", "1", "--protocol", "echo", "-s",
                         f"127.0.0.1:{ECHO_PORT}")
        with self.machine.connect(PROBE_PORT, timeout=30) as peer:
            self.assertIn(" syn.", peer.recv(1024).decode())
        self.machine.systemctl("stop", SOCKET, SERVICE)
        self.machine.systemctl("start", SERVICE)

    def test_one_command_seals_it(self) -> None:
        self.assertEqual(self.seal("status"), "open")
        # The seal denies all addresses to sockets that the service has made, so this session must end before.
        held = Session(self.machine)
        self.seal("on")
        self.assertEqual(held.rest(), b"", "the session did not close in order")
        self.assertEqual(self.seal("status"), "sealed")
        both = f"systemctl stop {SOCKET} {SERVICE}"
        self.assertIn(both, self.machine.run("yodeld-seal", "status").stderr)
        self.assertIn(both, self.machine.systemctl("status", SERVICE).stdout)
        self.assertEqual(self.machine.systemctl("is-active", SERVICE, SOCKET).stdout.split(),
                         ["active", "active"])

    def test_the_command_that_status_prints_stops_both(self) -> None:
        self.machine.run(f"systemctl stop {SOCKET} {SERVICE}")
        self.assertFalse(self.machine.listens(PORT))
        self.assertEqual(self.machine.show(SERVICE, "ActiveState"), "inactive")
        self.machine.systemctl("start", SOCKET, SERVICE)

    def test_errors_of_the_command_line_are_reported(self) -> None:
        for words, said in ((["foo"], "unknown command 'foo'"), ([], "no command given"),
                            (["--foo"], "unexpected argument '--foo'"),
                            (["on", "now"], "unexpected argument 'now'")):
            with self.subTest(words):
                wrong = self.machine.run("yodeld-seal", *words, check=False)
                self.assertEqual((wrong.status, wrong.stdout), (64, ""))
                self.assertTrue(wrong.stderr.startswith(f"yodeld-seal: {said}\nusage: "), wrong.stderr)

    def test_it_serves_and_has_no_network(self) -> None:
        self.assertEqual(talk(self.machine, "alice", "bob", "jack"), DIALOGUE)
        manager = self.machine.main_pid(SERVICE)
        self.assertNotEqual(self.network(manager), self.network(1))
        self.assertEqual(self.machine.show(SERVICE, "RestrictAddressFamilies"), "AF_UNIX")

    def test_security_is_at_most_0_2(self) -> None:
        figure = exposure(self.machine)
        print(f"        exposure {figure}")
        self.assertLessEqual(figure, 0.2)

    def test_reloads_and_restarts_refuse_nobody(self) -> None:
        load = Load(self.machine, "--count", "500")
        for turn in range(10):
            configure(self.machine, f"[greet]\ndelay = \"{turn % 2}ms\"\n")
            self.machine.systemctl("reload", SERVICE)
            self.machine.systemctl("restart", SERVICE)
        counts = load.end()
        self.assertGreater(counts["whole"], 500)
        self.assertEqual((counts["refused"], counts["other"]), (0, {}), counts)
        # A client that has not sent its message when a restart begins is owed no reply.
        self.assertLess(counts["cut"], 50, counts)

    def test_a_reload_to_all_addresses_names_the_command(self) -> None:
        configure(self.machine, '[[listen]]\naddress = "0.0.0.0"\n')
        reload = self.machine.systemctl("reload", SERVICE, check=False)
        self.assertNotEqual(reload.status, 0)
        reason = (f"cannot listen at 0.0.0.0:{PORT}: it overlaps with 127.0.0.1:{PORT}, which systemd created "
                  "and only systemd can replace; run 'yodeld-seal on' again")
        wait_until(lambda: [each for each in self.machine.journal("-u", SERVICE)
                            if reason in each["MESSAGE"]], "the remedy")

    def test_it_is_sealed_again_after_addresses_have_changed(self) -> None:
        configure(self.machine, '[[listen]]\nport = 7\naddress = "0.0.0.0"\n'
                                '[[listen]]\naddress = "::1"\nbacklog = 300\n'
                                '[[listen]]\naddress = "unix:/run/yodel/echo"\n')
        reload = self.machine.systemctl("reload", SERVICE, check=False)
        self.assertNotEqual(reload.status, 0)
        wait_until(lambda: [each for each in self.machine.journal("-u", SERVICE)
                            if "run 'yodeld-seal on' again" in each["MESSAGE"]], "the remedy")
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        self.seal("on")
        for server in ("127.0.0.3:7", f"[::1]:{PORT}", "unix:/run/yodel/echo"):
            self.assertEqual(talk(self.machine, "alice", server=server), DIALOGUE[:2])
        self.machine.systemctl("restart", SERVICE)
        self.assertEqual(talk(self.machine, "alice", server="unix:/run/yodel/echo"), DIALOGUE[:2])

    def assert_refused(self, argument: str, cause: str, path: str = "") -> None:
        """Expects that yodeld-seal fails, quotes the cause and leaves everything as before."""
        environment = {"PATH": f"{path}:{ENVIRONMENT['PATH']}"} if path else None
        failed = self.machine.run("yodeld-seal", argument, check=False, environment=environment)
        self.assertEqual(failed.status, 1, failed)
        self.assertIn(cause, failed.stderr)
        self.assertIn("as before", failed.stderr)

    def stub_systemctl(self, case: str) -> None:
        """Writes /run/stub/systemctl, which does this before it calls the real one."""
        self.machine.write("/run/stub/systemctl", f"#!/bin/sh\n{case}\nexec /usr/bin/systemctl \"$@\"\n",
                           "755")

    def assert_serves_sealed(self) -> None:
        self.assertEqual(self.seal("status"), "sealed")
        self.assertEqual(talk(self.machine, "alice", server="127.0.0.1:7"), DIALOGUE[:2])

    def test_unsealing_that_cannot_bind_leaves_it_sealed(self) -> None:
        self.assert_refused("off", "cannot listen at 0.0.0.0:7: permission denied")
        self.assert_serves_sealed()

    def test_sealing_for_another_hosts_address_is_undone(self) -> None:
        before = self.machine.read(FILE)
        configure(self.machine, '[[listen]]\naddress = "192.0.2.77"\n')
        self.assert_refused("on", "Cannot assign requested address")
        configure(self.machine, before)
        self.assert_serves_sealed()

    def test_the_cause_is_quoted_even_if_the_journal_reads_it_late(self) -> None:
        # When journald reads the message, its sender and the sender's control group are gone.
        self.stub_systemctl("""
            if [ "$1" = start ]; then
              pkill -STOP -x systemd-journal
              trap 'pkill -CONT -x systemd-journal' EXIT
              /usr/bin/systemctl "$@"
              exit
            fi""")
        before = self.machine.read(FILE)
        configure(self.machine, '[[listen]]\naddress = "192.0.2.77"\n')
        self.assert_refused("on", "Cannot assign requested address", "/run/stub")
        configure(self.machine, before)
        self.assert_refused("off", "cannot listen at 0.0.0.0:7: permission denied", "/run/stub")
        self.machine.run("rm -r /run/stub")
        self.assert_serves_sealed()

    def test_a_damaged_or_missing_listen_conf_does_no_harm(self) -> None:
        for spoil in (f"rm {LISTEN}", f"printf '[Socket]\\nListenStream=\\nListenStr' >{LISTEN}",
                      f": >{LISTEN}"):
            with self.subTest(spoil):
                self.machine.run(spoil)
                # The open service may not bind port 7, so this is undone.
                self.assert_refused("off", "cannot listen at 0.0.0.0:7: permission denied")
                self.assert_serves_sealed()
                self.machine.run(spoil)
                self.seal("on")
                self.assert_serves_sealed()

    def test_a_failing_systemctl_changes_nothing(self) -> None:
        for word, argument in (("enable", "on"), ("daemon-reload", "on"), ("disable", "off")):
            with self.subTest(word):
                # Only the first call fails, because undoing the switch needs it too.
                self.stub_systemctl(f"""
                    if [ "$1" = {word} ] && [ ! -e /run/stub/used ]; then
                      : >/run/stub/used; echo 'no {word} today' >&2; exit 1
                    fi""")
                before = self.machine.main_pid(SERVICE)
                self.assert_refused(argument, f"no {word} today", "/run/stub")
                self.assertEqual(self.machine.main_pid(SERVICE), before, "the service was restarted")
                self.assert_serves_sealed()
                self.machine.run("rm -r /run/stub")

    def test_a_death_of_the_manager_refuses_nobody(self) -> None:
        before = self.machine.main_pid(SERVICE)
        self.machine.run(f"kill -KILL {before}")
        self.assertEqual(talk(self.machine, "alice", server="127.0.0.1:7"), DIALOGUE[:2])
        self.assertNotEqual(self.machine.main_pid(SERVICE), before)

    def test_a_bad_file_changes_nothing(self) -> None:
        configure(self.machine, "[[listen]]\nport = 0\n")
        refused = self.machine.run("yodeld-seal", "on", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("port", refused.stderr)
        self.assertEqual(talk(self.machine, "alice", server="127.0.0.1:7"), DIALOGUE[:2])

    def test_unsealing_with_a_bad_file_changes_nothing(self) -> None:
        configure(self.machine, "prot = 0\n")
        refused = self.machine.run("yodeld-seal", "off", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertEqual(self.seal("status"), "sealed")
        self.assertEqual(talk(self.machine, "alice", server="127.0.0.1:7"), DIALOGUE[:2])

    def test_one_command_opens_it_again(self) -> None:
        configure(self.machine, BUILT_IN)
        self.seal("off")
        self.assertEqual(self.seal("status"), "open")
        self.assertEqual(self.network(self.machine.main_pid(SERVICE)), self.network(1))
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        self.assertFalse(self.machine.listens(7))
        self.assertEqual(self.machine.systemctl("is-enabled", SOCKET, check=False).stdout.strip(),
                         "disabled")
        self.machine.run("test ! -e /etc/systemd/system/yodeld.service.d -a "
                         "! -e /etc/systemd/system/yodeld.socket.d")

    def test_sealing_that_fails_is_undone(self) -> None:
        # Another program has the address, so systemd cannot bind it; the daemon is stopped.
        configure(self.machine, BUILT_IN)
        self.machine.systemctl("stop", SERVICE)
        self.occupy(PORT)
        failed = self.machine.run("yodeld-seal", "on", check=False)
        self.assertEqual(failed.status, 1)
        self.assertIn("Address already in use", failed.stderr)
        # The first message since the service was started again, and the only one with the cause.
        self.assertIn("cannot listen at 127.0.0.1:9999: the address is in use", failed.stderr)
        self.assertIn("does not start", failed.stderr)
        self.machine.systemctl("stop", "other")
        self.assertEqual(self.seal("status"), "open")
        wait_until(lambda: self.machine.show(SERVICE, "ActiveState") == "active",
                   "the service to restart", 30)
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_sealing_is_undone_if_the_sealed_service_does_not_start(self) -> None:
        self.machine.run("echo '[Service]\nExecStartPre=sh -c \"echo it is Monday >&2; exit 1\"' "
                         ">>/usr/lib/yodel/sealed.conf")
        self.assert_refused("on", "Failed to start")
        self.assertEqual(self.seal("status"), "open")
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_sealing_that_is_interrupted_is_undone(self) -> None:
        # Interrupt it while it waits for the service to start.
        self.machine.run("sed -i 's/^ExecStartPre=.*/ExecStartPre=sleep 60/' /usr/lib/yodel/sealed.conf")
        switch = self.machine.start("sh", "-c", "echo $$; exec yodeld-seal on")
        assert switch.stdout
        pid = switch.stdout.readline().strip()
        wait_until(lambda: any(each.arguments == "sleep 60"
                               for each in self.machine.processes(SERVICE)), "the start")
        # Ctrl-C signals the whole process group.
        self.machine.run(f"kill -INT {pid} $(pgrep -P {pid})")
        _, errors = switch.communicate(timeout=60)
        self.assertEqual(switch.returncode, 1, errors)
        self.assertIn("as before", errors)
        self.assertEqual(self.seal("status"), "open")
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
