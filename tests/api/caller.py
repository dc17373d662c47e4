"""A program that calls the API as SDKs do: signs with its own few lines of SigV4, sends, and keeps what was said."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kempelen.market.foundation.call import OPERATOR, Call
from kempelen.market.market import Market
from kempelen.market.people import accounts
from tests.awaited import awaited

PREFIX = "MTurkRequesterServiceV20170117."
HOST = "mturk-requester.us-east-1.amazonaws.com"
SECRET = "the-secret-of-" + "a-key-in-tests"  # of no account anywhere

App = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass
class Said:
    """An answer: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, type without its name space, and message."""
        told = self.json
        return self.status, told["__type"].split("#")[-1], told.get("message", told.get("Message", ""))


@dataclass
class Program:
    """A Requester's program with one access key."""

    app: App
    access_key_id: str
    secret: str = SECRET
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    region: str = "us-east-1"
    service: str = "mturk-requester"
    host: str = HOST
    extra: dict[str, str] = field(default_factory=dict)

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """What an operation answers, which must be a success."""
        said = self.send(operation, members)
        assert said.status == 200, said
        return said.json

    def refused(self, operation: str, **members: Any) -> tuple[int, str, str]:
        """Status, type and text of an operation's refusal."""
        said = self.send(operation, members)
        assert said.status != 200, said
        return said.error

    def send(self, operation: str | None, members: Any = None, *, body: bytes | None = None, **extra: str) -> Said:
        """One request, signed; of the `extra` headers those that SDKs sign are, `amz-sdk-…`."""
        if body is None:
            body = json.dumps(members or {}).encode()
        of_sdks = {name: value for name, value in extra.items() if name.startswith("amz-sdk-")}
        headers = self.signed(body, ({"X-Amz-Target": PREFIX + operation} if operation else {}) | of_sdks)
        return awaited(ask(self.app, headers | self.extra | extra, [body]))

    def signed(self, body: bytes, target: dict[str, str], path: str = "/") -> dict[str, str]:
        """The headers of a request, signed as Signature Version 4 says."""
        stamp = self.now().strftime("%Y%m%dT%H%M%SZ")
        headers = {"Host": self.host, "Content-Type": "application/x-amz-json-1.1", "X-Amz-Date": stamp, **target}
        names = ";".join(sorted(name.lower() for name in headers))
        lines = "".join(
            f"{name.lower()}:{value}\n" for name, value in sorted(headers.items(), key=lambda h: h[0].lower())
        )
        canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = b"AWS4" + self.secret.encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return headers


async def ask(
    app: App,
    headers: dict[str, str],
    parts: Iterable[bytes],
    *,
    method: str = "POST",
    path: str = "/",
    client: str = "127.0.0.1",
    declared: bool = True,
) -> Said:
    """Send one request to an ASGI app, its body in these parts."""
    parts = list(parts)
    sent: list[dict[str, Any]] = []
    if declared:
        headers = {"Content-Length": str(sum(map(len, parts))), **headers}
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "client": (client, 50_000),
        "server": ("127.0.0.1", 8900),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.Event().wait()  # nothing more ever comes
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"], sent
    start, body = sent
    said = Said(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"])
    assert int(said.headers["content-length"]) == len(said.body)
    return said


def give_key(market: Market, requester_id: str, access_key_id: str = "KMPLAAAAAAAAAAAAAAAA") -> str:
    """An access key of a fixed name and secret, so that whole requests can be written down."""
    market.perform(OPERATOR, _give_key, requester_id=requester_id, access_key_id=access_key_id)
    return access_key_id


def _give_key(call: Call, *, requester_id: str, access_key_id: str) -> None:
    accounts.get_requester(call, requester_id=requester_id)
    call.db.run(
        """
        INSERT INTO access_key (access_key_id, requester_id, sealed_secret, status, created_at)
        VALUES (:access_key_id, :requester_id, :sealed_secret, 'Active', :now)
        """,
        access_key_id=access_key_id,
        requester_id=requester_id,
        sealed_secret=call.vault.seal(SECRET),
        now=call.now,
    )
