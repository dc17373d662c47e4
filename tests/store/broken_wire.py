"""A wire to PostgreSQL that breaks where it is told to: in the middle of COMMIT."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"

Break = Literal[
    "after",  # the server commits, its reply is lost
    "before",  # COMMIT is lost, and the server learns that the client has gone
    "silent",  # COMMIT is lost, and the server goes on waiting for it, holding its locks
    "late",  # the client loses the connection at once, the server gets COMMIT half a second later
]


class Wire:
    """Passes bytes between psycopg and the server, and breaks once when told to."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        self._server = (parts.hostname, parts.port or 5432)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = url.replace(f":{parts.port}", f":{self._listening.getsockname()[1]}")
        self._sockets: list[socket.socket] = [self._listening]
        self._threads: list[threading.Thread] = []
        self._break: Break | None = None
        self._cut = False
        self.broken = threading.Event()
        self._start(self._accept)

    def break_at_commit(self, how: Break, *, and_stay_cut: bool = False) -> None:
        """Break at the next COMMIT; stay cut until mended."""
        self._break, self._and_stay_cut = how, and_stay_cut

    def cut(self) -> None:
        """Break all connections, and let none through."""
        self._cut = True
        for each in self._sockets[1:]:
            _close(each)

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        for each in self._sockets:
            _close(each)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client = self._listening.accept()[0]
            except OSError:
                return
            if self._cut:
                client.close()
                continue
            server = socket.create_connection(self._server)
            self._sockets += [client, server]
            losing = threading.Event()
            self._start(self._from_client, client, server, losing)
            self._start(self._from_server, client, server, losing)

    def _from_client(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        with contextlib.suppress(OSError):  # the other direction may have closed both meanwhile
            self._pass_on(client, server, losing)

    def _pass_on(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        while data := _received(client):
            if self._break and data.endswith(COMMIT):
                how, self._break = self._break, None
                self._cut = self._and_stay_cut
                losing.set()  # whatever the server says from now on
                if how == "after":
                    server.sendall(data)
                    return  # the other direction closes the client once the reply is there
                _close(client)
                if how == "before":
                    _close(server)
                if how == "late":
                    time.sleep(0.5)
                    server.sendall(data)
                self.broken.set()
                return
            server.sendall(data)
        _close(server)

    def _from_server(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        while data := _received(server):
            if losing.is_set():
                _close(client)
                _close(server)
                self.broken.set()
                return
            with contextlib.suppress(OSError):
                client.sendall(data)
        _close(client)

    def _start(self, function: object, *args: object) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


@contextlib.contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


def _close(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
