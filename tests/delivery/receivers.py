"""Far ends that are really there: a program that takes webhooks, and an SMTP server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Hook:
    """Takes webhooks; it answers with `statuses` one after the other, and 200 when they are used up."""

    def __init__(self, port: int, statuses: list[int]) -> None:
        self.port = port
        self.statuses = statuses
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.came = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=1"

    def wait_for(self, many: int, seconds: float = 60) -> None:
        """Until so many requests have come."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.requests) >= many, seconds), f"{len(self.requests)} came"


@contextmanager
def hook(*statuses: int, port: int = 0, headers: dict[str, str] | None = None) -> Iterator[Hook]:
    """A receiver on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with found.came:
                found.requests.append(({"path": self.path, **dict(self.headers)}, body))
                status = found.statuses.pop(0) if found.statuses else 200
                found.came.notify_all()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    found = Hook(server.server_address[1], list(statuses))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Inbox:
    """What an SMTP server has taken; it refuses every recipient in `refused`, with this answer, and their mails too."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refused: dict[str, str] = {}
        self.refused_mails: dict[str, str] = {}
        self.came = threading.Condition()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if (recipient := envelope.rcpt_tos[0]) in self.refused_mails:
            return self.refused_mails[recipient]
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        with self.came:
            self.mails.append(mail)
            self.raw.append(envelope.content)
            self.came.notify_all()
        return "250 OK"

    def wait_for(self, many: int, seconds: float = 60) -> None:
        """Until so many mails have come."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.mails) >= many, seconds), f"{len(self.mails)} came"


@contextmanager
def smtp_server(port: int, *, utf8: bool = True) -> Iterator[Inbox]:
    """A real SMTP server on this machine; it may know only addresses in ASCII."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=utf8)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
