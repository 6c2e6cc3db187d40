"""Tests that the file alone decides who may connect, also from other hosts, open and sealed."""

from case import SystemTest
from processes import wait_until
from service import BUILT_IN, DIALOGUE, FILE, PORT, SERVICE, configure, talk

REFUSED = "8bb1af33920943b9b63575784edcfdbf"
OPEN = "342f686cb2714198954c2ec053dd9200"
# In each of these networks the machine has the address .1 and the other host .2.
ADMITTED = "192.0.2"
OTHER = "198.51.100"
ADMITTED_V6 = "2001:db8:1:"
OTHER_V6 = "2001:db8:2:"
RESTRICTED = (f'[[listen]]\naddress = "0.0.0.0"\nallow = ["127.0.0.0/8", "{ADMITTED}.0/24"]\n'
              f'[[listen]]\naddress = "::"\nallow = ["{ADMITTED_V6}:/64"]\n')


class Allow(SystemTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.machine.run(f"""
            ip netns add other
            ip link add toward type veth peer name eth0 netns other
            for n in {ADMITTED} {OTHER}; do
              ip address add $n.1/24 dev toward; ip -n other address add $n.2/24 dev eth0
            done
            for n in {ADMITTED_V6} {OTHER_V6}; do
              ip address add $n:1/64 dev toward nodad; ip -n other address add $n:2/64 dev eth0 nodad
            done
            ip link set toward up; ip -n other link set eth0 up""")

    def talk_from_other_host(self, address: str):
        """Runs the client on the other host, against an address of the machine in a network of both."""
        return self.machine.run("ip", "netns", "exec", "other", "yodel", "talk", "-s", address,
                                "alice", check=False)

    def assert_served(self, address: str) -> None:
        said = self.talk_from_other_host(address)
        self.assertEqual(said.stdout.splitlines(), DIALOGUE[:2], said)

    def assert_reset(self, address: str, peer: str) -> None:
        """Expects that the client is reset, and that the journal names it."""
        before, recorded = self.refused(), len(self.records(REFUSED))
        said = self.talk_from_other_host(address)
        self.assertEqual(said.stdout, "", said)
        self.assertNotEqual(said.status, 0)
        self.assertIn("reset", said.stderr)
        wait_until(lambda: self.refused() > before, "the count of refused connections")
        if before == 0:  # after the first record there is at most one in 10 s
            records = wait_until(lambda: self.records(REFUSED)[recorded:], "the record")
            self.assertEqual([each["YODEL_PEER_ADDRESS"] for each in records], [peer])

    def refused(self) -> int:
        return int(self.machine.show(SERVICE, "StatusText").split(" refused")[0].split()[-1])

    def records(self, message_id: str) -> list:
        return self.machine.journal("-u", SERVICE, f"MESSAGE_ID={message_id}")

    def assert_admits_only_its_networks(self) -> None:
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        self.assert_served(f"{ADMITTED}.1")
        self.assert_reset(f"{OTHER}.1", f"{OTHER}.2")
        self.assert_served(f"[{ADMITTED_V6}:1]")
        self.assert_reset(f"[{OTHER_V6}:1]", f"{OTHER_V6}:2")

    def test_as_installed_it_listens_only_for_this_host(self) -> None:
        said = self.talk_from_other_host(f"{ADMITTED}.1")
        self.assertIn("refused", said.stderr)

    def test_without_allow_it_serves_every_network_and_warns(self) -> None:
        configure(self.machine, '[[listen]]\naddress = "0.0.0.0"\n')
        words = f"0.0.0.0:{PORT} is open to every network"
        self.assertIn(f"{FILE}:1:1: warning: {words}", self.machine.run("yodeld", "--check").stderr)
        self.machine.systemctl("restart", SERVICE)
        self.assert_served(f"{ADMITTED}.1")
        self.assert_served(f"{OTHER}.1")
        wait_until(lambda: self.records(OPEN), "the record")
        self.assertIn(words, self.records(OPEN)[-1]["MESSAGE"])
        self.assertIn(f"open to every network: 0.0.0.0:{PORT}",
                      self.machine.show(SERVICE, "StatusText"))

    def test_a_reload_restricts_it(self) -> None:
        configure(self.machine, RESTRICTED)
        self.assertEqual(self.machine.run("yodeld", "--check").stderr, "")
        self.machine.systemctl("reload", SERVICE)
        self.assert_admits_only_its_networks()
        self.assertNotIn("open to", self.machine.show(SERVICE, "StatusText"))

    def test_a_restart_changes_nothing(self) -> None:
        self.machine.systemctl("restart", SERVICE)
        self.assert_admits_only_its_networks()

    def test_sealing_changes_nothing(self) -> None:
        self.machine.run("yodeld-seal", "on")
        self.assert_admits_only_its_networks()

    def test_a_reload_of_the_sealed_service_admits_others(self) -> None:
        configure(self.machine, RESTRICTED.replace(f"{ADMITTED}.0/24", f"{OTHER}.0/24"))
        self.machine.systemctl("reload", SERVICE)
        self.assert_served(f"{OTHER}.1")
        self.assert_reset(f"{ADMITTED}.1", f"{ADMITTED}.2")

    def test_it_can_be_undone(self) -> None:
        configure(self.machine, BUILT_IN)
        self.machine.run("yodeld-seal", "off")
        self.assertEqual(talk(self.machine, "alice"), DIALOGUE[:2])
        said = self.talk_from_other_host(f"{ADMITTED}.1")
        self.assertIn("refused", said.stderr)
