"""Runs every command of docs/administration.md, in the order of the page."""

import re

from case import PACKAGES, PROJECT, SystemTest, package

PAGE = PROJECT / "docs" / "administration.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The page assumes a checkout, where build-deb.sh has left the packages.
CHECKOUT = "/root/yodel"


class Pages(SystemTest):
    packages = ()

    def test_the_page_for_administrators(self) -> None:
        for name in PACKAGES:
            self.machine.copy_in(package(name), f"{CHECKOUT}/build/deb/{package(name).name}")
        blocks = BLOCK.findall(PAGE.read_text())
        self.assertGreater(len(blocks), 15)
        output = ""
        for kind, text in blocks:
            with self.subTest(text.splitlines()[0]):
                if kind == "sh":
                    said = self.machine.run(f"cd {CHECKOUT}\n{text}")
                    output = said.stdout
                else:
                    self.assertEqual(kind, "text")
                    self.assertIn(text, output)

    def test_the_uninstalled_service_is_gone(self) -> None:
        self.machine.run("! command -v yodeld && test ! -e /etc/yodel")
