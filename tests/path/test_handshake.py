"""A handshake that loses a segment takes a second longer, and both ends say why."""

from case import PathTest

IS_SYN = "tcp flags & (syn|ack) == syn"
IS_SYN_ACK = "tcp flags & (syn|ack) == (syn|ack)"
ONCE = "numgen inc mod 65536 0 counter drop"
# The kernel's first timeout is 1 s, and the second would come at 3 s (RFC 6298, 2.1).
LEAST, MOST = 900, 1900


class Handshake(PathTest):
    def assert_a_second(self, milliseconds: float) -> None:
        self.assertGreater(milliseconds, LEAST)
        self.assertLess(milliseconds, MOST)

    def test_a_connect_says_that_its_first_syn_was_repeated(self) -> None:
        self.path.rule("up", f"{IS_SYN} {ONCE}")
        connect, *others, summary = self.objects(self.yodel(
            "ping", "none", "--json", "--count", "2", "--interval", "2s"))
        self.assertEqual(self.path.dropped(), 1)
        self.assert_a_second(connect["connect_ms"])
        self.assertEqual(connect["syn_retransmits"], 1)
        for each in others:
            self.assertNotIn("syn_retransmits", each)
        self.assertEqual(summary["syn_retransmits"], 1)
        self.assertEqual(summary["retransmits"] + 1, self.path.client.retransmitted(), "each is counted once")

    def test_a_line_says_so_too(self) -> None:
        for protocol, options in (("none", ()), ("greet", ("--new-connection",))):
            with self.subTest(protocol):
                self.path.clear("up")
                self.path.rule("up", f"{IS_SYN} {ONCE}")
                result = self.yodel("ping", protocol, "--count", "1", "--interval", "2s", *options)
                line = result.stdout.splitlines()[1]
                # A busy machine may answer so late that data is sent again, too.
                self.assertRegex(line, r" ms(?: retransmits=\d+)?, 1 SYN retransmitted$")

    def test_a_lost_syn_ack_is_counted_at_both_ends(self) -> None:
        self.path.rule("down", f"{IS_SYN_ACK} {ONCE}")
        reply, _ = self.objects(self.yodel(
            "ping", "greet", "--json", "--new-connection", "--count", "1", "--interval", "2s"))
        self.assertEqual(self.path.dropped(), 1)
        self.assert_a_second(reply["connect_ms"])
        self.assertEqual(reply["syn_retransmits"], 1)
        record = self.yodeld.record(PROTOCOL="greet")
        self.assertEqual(record["YODEL_TCP_RETRANSMITS"], str(self.path.server.retransmitted()))
        # The server's kernel repeats it when the client's SYN comes again, and after a second, unless the handshake
        # is complete by then.
        self.assertRegex(record["MESSAGE"],
                         r", (1 retransmit|2 retransmits) of the handshake, |\([12] of the handshake\), ")
