"""The peers. Each has one conversation with the daemon, checks every byte, and counts the outcome."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from processes import Failed

PATIENCE = 15.0
WELCOME = b"welcome"


class Cut(Exception):
    """The connection ended early."""


@dataclass
class Tally:
    """The outcomes of all peers, from several threads."""

    done: Counter[str] = field(default_factory=Counter)        # by kind
    cut: Counter[str] = field(default_factory=Counter)
    served: Counter[int] = field(default_factory=Counter)      # by the peer's port; certainly accepted
    connected: Counter[int] = field(default_factory=Counter)   # by the peer's port
    broken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Peer:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self.socket.getsockname()[1]
        self.was_served = False

    def send(self, text: bytes) -> None:
        try:
            self.socket.sendall(text)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise Cut(str(error)) from error

    def expect(self, text: bytes) -> None:
        """Receives exactly these bytes. Raises Failed if others come, and Cut if the connection ends."""
        got = b""
        while len(got) < len(text):
            try:
                some = self.socket.recv(len(text) - len(got))
            except ConnectionResetError as error:
                some = b""
                if not text.startswith(got):
                    raise Failed(f"expected {text!r}, got {got!r}") from error
            if not some:
                if not text.startswith(got):
                    raise Failed(f"expected {text!r}, got {got!r}")
                raise Cut(f"after {got[-40:]!r}")
            self.was_served = True
            got += some
        if got != text:
            raise Failed(f"expected {text[:100]!r}, got {got[:100]!r}")

    def expect_end(self) -> None:
        try:
            rest = self.socket.recv(1)
        except ConnectionResetError as error:
            raise Cut(str(error)) from error
        if rest:
            raise Failed(f"got {rest!r} after the last reply")

    def end(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Cut(str(error)) from error

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def names(count: int) -> list[bytes]:
    return [b"%d" % random.randrange(10 ** random.randrange(1, 40)) for _ in range(count)]


def in_lines(peer: Peer) -> None:
    peer.expect(WELCOME)
    for _ in range(random.randrange(1, 5)):
        some = names(random.randrange(1, 50))
        peer.send(b"".join(name + b"\n" for name in some))
        peer.expect(b"".join(b"hello, " + name + b"!\n" for name in some))
    peer.send(b"exit\n")
    peer.expect_end()


def classic(peer: Peer) -> None:
    peer.expect(WELCOME)
    for name in (b"alice", b"bob", b"jack"):
        peer.send(name)
        peer.expect(b"hello, " + name + b"!")
    peer.send(b"exit")
    peer.end()
    peer.expect_end()


def half_closing(peer: Peer) -> None:
    some = names(random.randrange(1, 200))
    peer.send(b"\n".join(some))
    peer.end()
    replies = b"!\n".join(b"hello, " + name for name in some) + b"!"
    peer.expect(WELCOME + replies)
    peer.expect_end()


def slow(peer: Peer) -> None:
    peer.expect(WELCOME)
    peer.send(b"\n")  # lines
    peer.expect(b"hello, !\n")
    for byte in b"a slow peer\n":
        time.sleep(random.uniform(0.01, 0.1))
        peer.send(bytes([byte]))
    peer.expect(b"hello, a slow peer!\n")
    peer.send(b"exit\n")
    peer.expect_end()


def silent(peer: Peer) -> None:
    """Sends nothing until the idle timeout ends the session."""
    peer.expect(WELCOME)
    peer.expect_end()


def deaf(peer: Peer) -> None:
    """Sends without reading, and resets when it cannot send any more."""
    peer.expect(WELCOME)
    peer.socket.settimeout(0.5)
    try:
        while True:
            peer.send(b"are you there?\n" * 1000)
    except TimeoutError:
        pass
    peer.reset()


def resetting(peer: Peer) -> None:
    for text in names(random.randrange(0, 3)):
        peer.send(text + b"\n")
    if random.random() < 0.5:
        peer.expect(WELCOME)
    peer.reset()


def crashing(peer: Peer) -> None:
    """Closes in the middle of the conversation, with replies unread."""
    peer.expect(WELCOME)
    peer.send(b"alice\n" * random.randrange(1, 2000))


def echoing(peer: Peer) -> None:
    for _ in range(random.randrange(1, 10)):
        text = random.randbytes(random.randrange(1, 2000))
        peer.send(text)
        peer.expect(text)
    peer.end()
    peer.expect_end()


def echoing_in_bulk(peer: Peer) -> None:
    text = random.randbytes(random.randrange(100_000, 3_000_000))
    failed: list[Exception] = []

    def send() -> None:
        try:
            peer.send(text)
            peer.end()
        except (Cut, OSError) as error:
            failed.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        peer.expect(text)
    finally:
        if not failed and sender.is_alive():
            peer.socket.settimeout(1)
        sender.join()
    if failed:
        raise Cut(str(failed[0]))
    peer.expect_end()


@dataclass(frozen=True)
class Kind:
    talk: Callable[[Peer], None]
    protocol: str
    weight: int


KINDS = (
    Kind(in_lines, "greet", 30), Kind(classic, "greet", 20), Kind(half_closing, "greet", 20),
    Kind(slow, "greet", 5), Kind(silent, "greet", 2), Kind(deaf, "greet", 3),
    Kind(resetting, "greet", 15), Kind(crashing, "greet", 15), Kind(echoing, "echo", 15),
    Kind(echoing_in_bulk, "echo", 5),
)


def talk_once(ports: dict[str, int], tally: Tally, may_be_cut: Callable[[float], bool]) -> None:
    """Has one conversation. `may_be_cut` returns whether connections may have been cut since a given time."""
    kind = random.choices(KINDS, [each.weight for each in KINDS])[0]
    name = kind.talk.__name__
    since = time.monotonic()
    cut = broken = ""
    try:
        peer = Peer(ports[kind.protocol])
    except OSError as error:
        with tally.lock:
            tally.broken.append(f"{name}: cannot connect: {error}")
        return
    try:
        kind.talk(peer)
    except Cut as error:
        cut = str(error) or "cut"
        if not may_be_cut(since):
            broken = f"{name}, port {peer.port}: cut: {error}"
    except (Failed, OSError) as error:
        broken = f"{name}, port {peer.port}: {error or type(error).__name__}"
    finally:
        peer.socket.close()
    with tally.lock:
        tally.connected[peer.port] += 1
        if peer.was_served:
            tally.served[peer.port] += 1
        if broken:
            tally.broken.append(broken)
        (tally.cut if cut else tally.done)[name] += 1
