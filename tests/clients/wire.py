"""Requests as bytes, signed or nearly, over a bare socket: what no SDK would send."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.clients.server import REGION, Keys

TARGET = "MTurkRequesterServiceV20170117."
Headers = dict[str, str]


class Answer(NamedTuple):
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body's object; nothing when it is none."""
        with contextlib.suppress(ValueError):
            told = json.loads(self.body)
            if isinstance(told, dict):
                return told
        return {}

    @property
    def type(self) -> str:
        """The error's name, as SDKs read it."""
        return str(self.json.get("__type", "")).rpartition("#")[2]

    @property
    def message(self) -> str:
        """What it tells: an error's message, or a plain text."""
        told = self.json
        return str(told.get("message") or told.get("Message") or "") if told else self.body.decode("utf-8", "replace")


def signed(
    keys: Keys,
    operation: str,
    body: bytes = b"{}",
    *,
    at: datetime | None = None,
    region: str = REGION,
    service: str = "mturk-requester",
    host: str = "127.0.0.1",
    path: str = "/",
    target: str | None = None,
) -> Headers:
    """The headers of a request that is signed as SDKs do it."""
    named = {"Host": host, "Content-Type": "application/x-amz-json-1.1"}
    named["X-Amz-Target"] = TARGET + operation if target is None else target
    request = AWSRequest("POST", f"http://{host}{path}", headers=named, data=body)
    request.context["timestamp"] = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    _Signer(Credentials(keys.access_key_id, keys.secret_access_key), service, region).sign(request)
    return dict(request.headers.items())


class _Signer(SigV4Auth):
    """Botocore's signer, at the time that is asked for."""

    def add_auth(self, request: AWSRequest) -> None:
        self._modify_request_before_signing(request)
        canonical = self.canonical_request(request)
        to_sign = self.string_to_sign(request, canonical)
        self._inject_signature_to_request(request, self.signature(to_sign, request))

    sign = add_auth

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.headers["X-Amz-Date"] = request.context["timestamp"]


def message(
    headers: Headers | Iterable[tuple[str, str]],
    body: bytes = b"",
    *,
    line: str = "POST / HTTP/1.1",
    length: str | None = "true",
    close: bool = True,
) -> bytes:
    """A whole request, the last of its connection; `length` is its Content-Length, else the true one."""
    lines = [line, *(f"{name}: {value}" for name, value in (headers.items() if isinstance(headers, dict) else headers))]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == 'true' else length}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def chunked(body: bytes, size: int = 65_536) -> bytes:
    """A body in chunks."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def exchange(
    port: int, request: bytes, *, timeout: float = 20.0, done_sending: bool = False, at_least: int = 1
) -> list[Answer]:
    """Send these bytes and read answers until the server closes or, after `at_least` so many, has nothing more to say.

    A server may answer and close before it has read everything; what it said is read all the same. Fails when there is
    neither an answer nor an end within the timeout: a server must not hang.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        sender = _Sender(connection, request, done_sending)
        return _answers(connection, sender, timeout, at_least)


class _Sender:
    """Sends as much as is taken, and no more once the server has closed."""

    def __init__(self, connection: socket.socket, request: bytes, done_sending: bool) -> None:
        self._connection = connection
        self._left = memoryview(request)
        self._done_sending = done_sending
        connection.setblocking(False)

    def send(self) -> None:
        try:
            while self._left:
                self._left = self._left[self._connection.send(self._left) :]
            if self._done_sending:
                self._done_sending = False
                self._connection.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self._left = memoryview(b"")

    @property
    def is_done(self) -> bool:
        return not self._left


def _answers(connection: socket.socket, sender: _Sender, timeout: float, at_least: int) -> list[Answer]:
    received, until, quiet_until = b"", time.monotonic() + timeout, 0.0
    while time.monotonic() < until:
        sender.send()
        try:
            part = connection.recv(65_536)
        except BlockingIOError:
            if quiet_until and time.monotonic() > quiet_until and sender.is_done:
                return _parsed(received)
            time.sleep(0.002)
            continue
        except ConnectionResetError:
            part = b""
        if not part:
            return _parsed(received)
        received += part
        quiet_until = time.monotonic() + 0.25 if _number_of_answers(received) >= at_least else 0.0
    raise AssertionError(f"the server hangs: {received[:500]!r}")


def _number_of_answers(received: bytes) -> int:
    with contextlib.suppress(ValueError):
        return len(_parsed(received))
    return 0


def _parsed(received: bytes) -> list[Answer]:
    answers = []
    while received:
        head, found, rest = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = re.fullmatch(r"HTTP/1\.[01] ([0-9]{3}) .*", lines[0])
        if not found or not status:
            raise ValueError(f"no whole answer: {received[:200]!r}")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if "content-length" in headers:
            length = int(headers["content-length"])
        elif headers.get("transfer-encoding") == "chunked":
            rest, length = _unchunked(rest)
        else:
            length = len(rest)
        if len(rest) < length:
            raise ValueError("the body is not whole")
        answers.append(Answer(int(status[1]), headers, rest[:length]))
        received = rest[length:]
    return answers


def _unchunked(rest: bytes) -> tuple[bytes, int]:
    body = b""
    while True:
        size, found, rest = rest.partition(b"\r\n")
        if not found or len(rest) < int(size, 16) + 2:
            raise ValueError("a chunk is not whole")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        if int(size, 16) == 0:
            return body + rest, len(body)


Make = Callable[[Keys], bytes]
