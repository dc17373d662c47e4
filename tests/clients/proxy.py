"""A proxy that forwards connections and now and then loses a reply: the request arrives, its answer does not."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class LosingProxy:
    """Forwards to a server on this machine, one thread a connection; `lose(marker)` loses one reply."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._clients: list[socket.socket] = []
        self._marker = b""
        self._lost_bytes = b""
        self.lost = threading.Event()
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> LosingProxy:
        self._begin(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)

    def lose(self, marker: str) -> None:
        """The next request with these words in it is answered, but the answer is thrown away."""
        self.lost.clear()
        self._lost_bytes, self._marker = b"", marker.encode()

    @property
    def lost_reply(self) -> bytes:
        """The answer that was thrown away."""
        return self._lost_bytes

    def _begin(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                self._begin(self._forward, client)

    def _forward(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._port)) as server, contextlib.suppress(OSError):
            client.settimeout(60)
            server.settimeout(60)
            while request := _message(client):
                server.sendall(request)
                reply = _message(server)
                if self._marker and self._marker in request:
                    self._marker, self._lost_bytes = b"", reply
                    self.lost.set()
                    return
                client.sendall(reply)


def _message(sender: socket.socket) -> bytes:
    """One whole message with a Content-Length, or nothing when the sender has closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = sender.recv(65_536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    wanted = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            wanted = int(value)
    while len(body) < wanted:
        part = sender.recv(65_536)
        if not part:
            return b""
        body += part
    return head + b"\r\n\r\n" + body
