"""A path: a client, a router that does to packets what the test tells it, and a server."""

from namespaces import Namespace

CLIENT = "192.0.2.10"
INSIDE = "192.0.2.1"  # the router's address at the client's side
OUTSIDE = "203.0.113.9"  # and at the server's
SERVER = "198.51.100.7"
# The router's rules. Tests add theirs to `up`, for packets to the server, and to `down`.
RULES = f"""
table ip path {{
  chain forward {{
    type filter hook forward priority filter
    ip daddr {SERVER} jump up
    ip saddr {SERVER} jump down
  }}
  chain up {{
  }}
  chain down {{
  }}
}}
"""
# The ports are not those from which a client connects.
MASQUERADE = """
table ip nat {
  chain after {
    type nat hook postrouting priority srcnat
    oifname "outside" ip protocol tcp masquerade to :20000-20999
  }
}
"""


class Path:
    """The three namespaces, joined by pairs of virtual interfaces."""

    def __init__(self) -> None:
        self.client, self.router, self.server = (Namespace(each) for each in ("client", "router", "server"))
        _pair(self.client, "uplink", self.router, "inside")
        _pair(self.router, "outside", self.server, "uplink")
        self.client.ip(*_address("uplink", CLIENT, INSIDE), f"route add default via {INSIDE}")
        self.router.ip(*_address("inside", INSIDE, CLIENT), *_address("outside", OUTSIDE, SERVER))
        self.server.ip(*_address("uplink", SERVER, OUTSIDE), f"route add default via {OUTSIDE}")
        self.router.sysctl("net.ipv4.ip_forward", 1)
        self.router.nft(RULES)

    def close(self) -> None:
        for each in (self.client, self.router, self.server):
            each.close()

    def masquerade(self) -> None:
        self.router.nft(MASQUERADE)

    def rule(self, chain: str, rule: str) -> None:
        self.router.nft(f"add rule ip path {chain} {rule}")

    def clear(self, chain: str) -> None:
        self.router.nft(f"flush chain ip path {chain}")

    def interrupt(self) -> None:
        """Drops every packet, in both directions, until restore()."""
        self.router.nft("insert rule ip path forward drop comment \"outage\"")

    def restore(self) -> None:
        self.router.nft(f"flush chain ip path forward\n"
                        f"add rule ip path forward ip daddr {SERVER} jump up\n"
                        f"add rule ip path forward ip saddr {SERVER} jump down")

    def dropped(self) -> int:
        """Returns how many packets the rules of `up` and `down` that count have dropped."""
        listed = self.router.run("nft", "list", "table", "ip", "path").stdout
        return sum(int(line.split("packets ")[1].split()[0]) for line in listed.splitlines()
                   if "counter packets" in line and "drop" in line)


def _pair(left: Namespace, left_name: str, right: Namespace, right_name: str) -> None:
    left.ip(f"link add {left_name} type veth peer name {right_name} netns {right.path}")


def _address(interface: str, own: str, other: str) -> list[str]:
    """Returns the commands that give an interface its address and a route to the other end of its pair.

    Each packet is one segment. By default, veth(4) passes on several at once, which a rule could drop
    only together.
    """
    return [f"link set {interface} gso_max_segs 1 up", f"address add {own} peer {other} dev {interface}"]
