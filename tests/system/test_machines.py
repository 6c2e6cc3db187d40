"""The commands of docs/machines.md that an administrator types on a balancer, on a machine with its programs."""

import re

from case import PROJECT, SystemTest
from processes import wait_until

DOCS = "/usr/share/doc/yodeld"


def blocks() -> list[str]:
    text = (PROJECT / "docs" / "machines.md").read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


# The commands that other tests run: of each block, a text and the test.
ELSEWHERE = {
    "yodel talk --server 192.0.2.100:9999 alice": "path/test_balancer.py",
    "packaging/build-image.sh": "image/CMakeLists.txt",
    "podman kill --signal=HUP echo": "image/test_container.py",
    "podman stop --time=25 echo": "image/test_container.py",
    "kubectl kustomize kubernetes/base": "system/test_manifests.py",
}
HERE = ("apt-get install", "state drain;", "state ready;", "journalctl YODEL_PROXY_ADDRESS")


class Balancer(SystemTest):
    def test_each_block_of_the_page_is_run_by_a_test(self) -> None:
        texts = (*HERE, *ELSEWHERE)
        for block in blocks():
            self.assertEqual(sum(text in block for text in texts), 1, block)
        for text, file in ELSEWHERE.items():
            self.assertTrue((PROJECT / "tests" / file).is_file(), text)

    def block(self, text: str) -> str:
        """Returns the only block of commands that contains `text`."""
        found = [each for each in blocks() if text in each]
        self.assertEqual(len(found), 1, text)
        return found[0]

    def test_the_balancers_start_as_the_page_has_it(self) -> None:
        # A balancer as the page begins: with a network, and without a yodeld that has its ports.
        self.machine.systemctl("stop", "yodeld")
        self.machine.run("ip link add eth0 type veth peer name far && ip address add 192.0.2.1/24 dev eth0 && "
                         "ip link set eth0 up && ip link set far up")
        # Machines here may have at most 20,000 descriptors, and HAProxy wants two for each connection.
        self.machine.run(f"sed -i 's/maxconn 20000/maxconn 1000/' {DOCS}/haproxy.cfg")
        self.machine.run(f"set -e\ncd {DOCS}\n{self.block('apt-get install')}", timeout=120)
        for unit in ("haproxy", "keepalived"):
            self.assertEqual(self.machine.systemctl("is-active", unit).stdout.strip(), "active")
        wait_until(lambda: " 192.0.2.100/" in self.machine.run("ip", "address", "show", "dev", "eth0").stdout,
                   "keepalived to take the address", 30)

    def test_a_server_is_drained_and_put_back(self) -> None:
        for state, reported in (("drain", "8"), ("ready", "0")):
            said = self.machine.run(self.block(f"state {state};")).stdout
            self.assertEqual(said.strip(), "", "HAProxy reports only errors")
            found = self.machine.run('echo "show servers state greet" | socat - /run/haproxy/admin.sock').stdout
            (line,) = [each for each in found.splitlines() if " echo-1 192.0.2.11 " in each]
            # The fourth number is srv_admin_state: 8 is a drain (HAProxy's management guide).
            self.assertEqual(line.split()[6], reported, line)

    def test_records_are_found_by_their_balancer(self) -> None:
        self.machine.run(self.block("journalctl YODEL_PROXY_ADDRESS"), check=False)
        # That records have this field is shown by tests/path.
        self.assertIn("YODEL_PROXY_ADDRESS=192.0.2.1 ", self.block("journalctl YODEL_PROXY_ADDRESS"))
