"""Tests installation, upgrade, removal and purge, and what each leaves behind."""

from case import PROJECT, SystemTest, package, repacked
from service import DIALOGUE, FILE, PORT, SERVICE, SOCKET, configure, talk

VERSION = "99.0"
# Files that apt, dpkg and others change for any package.
NOTES = ("/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/log/", "/var/lib/systemd/catalog/",
         "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid",
         "/etc/.pwd.lock", "/tmp/", "/var/tmp/", "/var/lib/systemd/deb-systemd-helper",
         "/etc/.updated", "/var/.updated")


class Package(SystemTest):
    packages = ()
    before: set[str]

    def files(self) -> set[str]:
        found = self.machine.run("find / -xdev -not -type d -print; "
                                 "find /run/systemd/system /etc /usr /var /run/yodel* -type d "
                                 "-print 2>/dev/null || true", timeout=120).stdout.splitlines()
        return {path for path in found
                if not path.startswith(NOTES) and not path.startswith(("/proc", "/sys", "/dev"))}

    def apt(self, *arguments: str) -> None:
        self.machine.run("apt-get", "--quiet", "--option=Dpkg::Use-Pty=0", "--yes", *arguments,
                         timeout=120)

    def is_active(self, unit: str = SERVICE) -> bool:
        return self.machine.systemctl("is-active", unit, check=False).stdout.strip() == "active"

    def test_install_enables_and_starts_the_service_and_not_the_socket(self) -> None:
        type(self).before = self.files()
        self.machine.install(package("yodeld"), package("yodel"))
        self.assertTrue(self.is_active())
        self.assertEqual(self.machine.systemctl("is-enabled", SERVICE).stdout.strip(), "enabled")
        self.assertEqual(self.machine.systemctl("is-enabled", SOCKET, check=False).stdout.strip(),
                         "disabled")
        self.assertFalse(self.is_active(SOCKET))
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])

    def test_the_packages_own_test_passes(self) -> None:
        self.machine.copy_in(PROJECT / "packaging" / "debian" / "tests" / "installed",
                             "/tmp/installed")
        self.machine.run("sh", "/tmp/installed")

    def test_fetch_comes_in_a_package_of_its_own(self) -> None:
        fetch = ("yodel", "fetch", "http://127.0.0.1:1/file")
        without = self.machine.run(*fetch, check=False)
        self.assertEqual(without.status, 2)
        self.assertIn("it comes in the package yodel-fetch", without.stderr)
        self.machine.install(package("yodel-fetch"))
        refused = self.machine.run(*fetch, check=False)
        self.assertEqual(refused.status, 4, refused)
        self.assertIn("Usage: yodel fetch", self.machine.run("yodel", "help", "fetch").stdout)

    def test_its_files_are_as_packed(self) -> None:
        self.assertEqual(self.machine.run("dpkg", "--verify", "yodeld", "yodel", "yodel-fetch").stdout, "")

    def test_pages_and_completions_are_there(self) -> None:
        # The small root has no documentation, so ask for the package's list.
        listed = self.machine.run("dpkg --listfiles yodeld yodel").stdout
        for name in ("man8/yodeld.8", "man5/yodeld.toml.5", "man8/yodeld-seal.8", "man1/yodel.1",
                     "man1/yodel-talk.1", "man1/yodel-ping.1", "man1/yodel-bench.1", "man1/yodel-echo.1",
                     "man1/yodel-fetch.1",
                     "completions/yodel\n", "completions/yodeld\n", "completions/_yodeld\n",
                     "completions/_yodel\n", "yodel.fish", "yodeld.fish",
                     "doc/yodeld/administration.md\n", "doc/yodeld/capacity.md\n", "doc/yodeld/path.md\n"):
            self.assertIn(name, listed)

    def test_an_upgrade_keeps_the_edited_file_and_restarts(self) -> None:
        configure(self.machine, '[greet]\nwelcome = "edited"\n')
        before = self.machine.main_pid(SERVICE)
        self.machine.install(repacked(package("yodeld"), VERSION))
        self.assertNotEqual(self.machine.main_pid(SERVICE), before)
        self.assertIn("edited", self.machine.read(FILE))
        self.assertEqual(talk(self.machine, "alice")[0], "edited")

    def test_an_upgrade_leaves_the_socket_and_the_seal_alone(self) -> None:
        self.machine.run("yodeld-seal", "on")
        before = self.machine.show(SOCKET, "InvocationID")
        self.machine.install(repacked(package("yodeld"), VERSION + ".1"))
        self.assertEqual(self.machine.show(SOCKET, "InvocationID"), before)
        self.assertEqual(self.machine.run("yodeld-seal", "status").stdout.strip(), "sealed")
        self.assertEqual(talk(self.machine, "alice")[0], "edited")
        self.machine.run("yodeld-seal", "off")

    def test_removal_stops_it_and_keeps_the_file(self) -> None:
        self.apt("remove", "yodeld")
        self.assertFalse(self.machine.listens(PORT))
        self.assertEqual(self.machine.processes(SERVICE), [])
        self.assertIn("edited", self.machine.read(FILE))

    def test_another_installation_uses_the_kept_file(self) -> None:
        self.machine.install(package("yodeld"))
        self.assertEqual(talk(self.machine, "alice")[0], "edited")

    def test_removal_of_a_half_upgraded_package_stops_it_too(self) -> None:
        # An upgrade that stops at a question about a changed file leaves this state, in which dpkg runs no prerm.
        newer = repacked(package("yodeld"), VERSION + ".2")
        for seal in ("off", "on"):
            with self.subTest(seal):
                self.machine.run("yodeld-seal", seal)
                self.machine.copy_in(newer, "/tmp/newer.deb")
                self.machine.run("dpkg", "--unpack", "/tmp/newer.deb")
                self.assertTrue(self.is_active())
                self.apt("remove", "yodeld")
                self.assertFalse(self.machine.listens(PORT))
                self.assertEqual(self.machine.processes(SERVICE), [])
                self.machine.install(package("yodeld"))
        self.machine.run("rm", "/tmp/newer.deb")

    def test_purge_while_sealed_leaves_nothing_behind(self) -> None:
        self.machine.run("yodeld-seal", "on")
        self.apt("purge", "yodeld", "yodel", "yodel-fetch")
        self.assertFalse(self.machine.listens(PORT))
        # Other services also write files and rotate logs; ours have our name.
        left = {path for path in self.files() - self.before if "yodel" in path}
        self.assertEqual(left, set())
        self.assertNotIn("yodel", self.machine.read("/etc/passwd") + self.machine.read("/etc/group"))
        self.assertNotIn("yodel", self.machine.systemctl("list-units", "--all").stdout)

    def test_nothing_else_is_new_or_gone_either(self) -> None:
        after = self.files()
        volatile = ("/run/", "/var/lib/systemd/", "/root/", "/var/lib/private", "/var/lib/dbus")
        new = {path for path in after - self.before if not path.startswith(volatile)}
        gone = {path for path in self.before - after if not path.startswith(volatile)}
        self.assertEqual((new, gone), (set(), set()))
