"""Has conversations with yodeld, one after the other in each of several processes, and counts the outcomes.

  load.py PORT [--processes N] [--count N] [--rate N]

Runs until standard input has ended and at least --count conversations are over, at most --rate of them a
second in all. Prints one line of JSON: how many there were, how many were whole, refused
or cut, which other errors occurred, and how long it took.
"""

import argparse
import collections
import json
import multiprocessing
import os
import signal
import socket
import sys
import time

REPLY = b"welcomehello, alice!\n"
# The longest wait in a backlog while the service restarts.
PATIENCE_SECONDS = 60


def converse(port: int) -> str:
    """Has one conversation, and returns "whole" or what went wrong."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return f"connect: {error}"
    with connection:
        received = b""
        try:
            connection.sendall(b"alice\nexit\n")
            while data := connection.recv(1024):
                received += data
        except ConnectionError:
            return "cut"
        except OSError as error:
            return f"conversation: {error}"
    if received == REPLY:
        return "whole"
    return "cut" if REPLY.startswith(received) else f"wrong: {received!r}"


def work(port: int, count: int, interval: float, ended: multiprocessing.Event,
         results: multiprocessing.SimpleQueue) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outcomes: collections.Counter[str] = collections.Counter()
    due = time.monotonic()
    while outcomes.total() < count or not ended.is_set():
        outcomes[converse(port)] += 1
        due += interval
        if (ahead := due - time.monotonic()) > 0:
            time.sleep(ahead)
    results.put(outcomes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0)
    arguments = parser.parse_args()
    ended = multiprocessing.Event()
    results: multiprocessing.SimpleQueue = multiprocessing.SimpleQueue()
    share = -(-arguments.count // arguments.processes)
    interval = arguments.processes / arguments.rate if arguments.rate else 0.0
    workers = [multiprocessing.Process(target=work, daemon=True,
                                       args=(arguments.port, share, interval, ended, results))
               for _ in range(arguments.processes)]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    while os.read(0, 1024):
        pass
    ended.set()
    total: collections.Counter[str] = collections.Counter()
    for _ in workers:
        total += results.get()
    seconds = time.monotonic() - started
    for worker in workers:
        worker.join()
    print(json.dumps({"conversations": total.total(), "whole": total.pop("whole", 0),
                      "refused": total.pop("refused", 0), "cut": total.pop("cut", 0),
                      "other": dict(total), "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
