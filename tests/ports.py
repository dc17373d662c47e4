"""Ports for servers of tests that are started, killed and started again."""

from __future__ import annotations

import contextlib
import itertools
import random
import socket

# Below the ports that Linux gives to outgoing connections and to listeners that ask for any port: while a server is
# down, nobody else gets its port, and no client connects to itself.
FIRST, LAST = 10_000, 32_000

_reserved: list[socket.socket] = []  # held until this process ends


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at and that no other test process gets while this one runs."""
    ports = range(FIRST, LAST)
    start = random.randrange(len(ports))
    for port in itertools.chain(ports[start:], ports[:start]):
        if _reserve(port) and _is_free(port):
            return port
    raise AssertionError("there is no free port")


def _reserve(port: int) -> bool:
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0kempelen-test-port-{port}")
    except OSError:
        claim.close()
        return False
    _reserved.append(claim)
    return True


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return True
    return False
