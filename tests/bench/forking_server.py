#!/usr/bin/python3
"""The forking server of Python's library, as its documentation shows it.

  forking_server.py greet|echo PORT BACKLOG
"""

import socket
import socketserver
import sys


class Greet(socketserver.BaseRequestHandler):
    """The greet dialogue, one message for each read."""

    def handle(self) -> None:
        self.request.sendall(b"welcome")
        while (message := self.request.recv(1024)) and message != b"exit":
            self.request.sendall(b"hello, " + message + b"!")


class Echo(socketserver.BaseRequestHandler):
    """Sends every byte back."""

    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ForkingTCPServer):
    """Without its limit of 40 at once."""

    allow_reuse_address = True
    max_children = 100_000
    request_queue_size = int(sys.argv[3])

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignores peers that disconnect early."""


with Server(("127.0.0.1", int(sys.argv[2])), Echo if sys.argv[1] == "echo" else Greet) as server:
    # Accepted sockets inherit this.
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.serve_forever()
