"""The one endpoint of the Requester API: `POST /`, signed, answered as docs/mturk/api.md 1.3 says, on any host name.

Checks go in the order of docs/mturk/api.md 1.10: signature, target, JSON and model, may this Requester act, and then
the operation's own. Whatever goes wrong here is answered in an envelope that SDKs understand, with a request id that
is also in the log; a fault of ours says nothing else.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, NamedTuple

import structlog

from kempelen.api import protocol, sigv4
from kempelen.api.rates import Rates
from kempelen.core.wire.errors import (
    RequestError,
    RequestTimeout,
    RequestTooLarge,
    ServiceFault,
    ServiceUnavailable,
    ThrottlingException,
    UnrecognizedClient,
)
from kempelen.market.foundation.clock import Clock, SystemClock
from kempelen.market.foundation.request_tokens import Answer
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.people.accounts import KeyState
from kempelen.store.lanes.lanes import DatabaseUnavailable, LanesClosed, OutcomeUnknown

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Signed(NamedTuple):
    """A request whose signature is good: whose it is and what it says."""

    scope: Scope
    body: bytes
    access_key_id: str
    requester_id: str
    signature: bytes
    signed_headers: frozenset[bytes]


class Answered(NamedTuple):
    """What goes back, and in a word how it went: ok, an error's name, or that nobody is there any more."""

    status: int
    body: bytes
    outcome: str


Observe = Callable[[str, str, float], None]  # operation, outcome, seconds
Act = Callable[[Signed], Awaitable[bytes]]
SendTest = Callable[[str, dict[str, Any]], Awaitable[None]]

GONE = "ClientGone"
INVOCATION = b"amz-sdk-invocation-id"
SIGNERS_KEPT = 10_000
LET_PASS = 64 * 1024 * 1024  # bytes of a body that is too large which are read away, so that its sender hears why
_CONTENT_TYPE = (b"content-type", b"application/x-amz-json-1.1")
_CLOSE = (b"connection", b"close")

log = structlog.get_logger("kempelen.api")


class ClientDisconnected(Exception):
    """The client hung up; nobody is there to be answered."""


class RequestIds:
    """Request ids of the original's form, random UUIDs in lower case, drawn from the system many at a time."""

    AHEAD = 256

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def __call__(self) -> str:
        """The next one."""
        if not self._drawn:
            digits = secrets.token_hex(16 * self.AHEAD)
            self._drawn = [_as_uuid(digits[at : at + 32]) for at in range(0, len(digits), 32)]
        return self._drawn.pop()


def _as_uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class RequesterAPI:
    """The endpoint as an ASGI app; `real_clock` is what signatures are held against, never the market's.

    `send_test` sends the test event that a Requester asks for, before they are answered; without it, it is queued.
    """

    def __init__(
        self,
        market: Market,
        *,
        max_request_bytes: int = 1024 * 1024,
        max_requests_at_once: int = 2000,
        slow_seconds: float = 30,
        rates: Rates | None = None,
        send_test: SendTest | None = None,
        real_clock: Clock | None = None,
        new_request_id: Callable[[], str] | None = None,
        observe: Observe | None = None,
    ) -> None:
        """`observe` is called with each answer, while the log still knows whose it is."""
        self._market = market
        self._max_request_bytes = max_request_bytes
        self._max_requests_at_once = max_requests_at_once
        self._slow_seconds = slow_seconds
        self._rates = rates
        self._send_test = send_test
        self._real_clock = real_clock or SystemClock()
        self._new_request_id = new_request_id or RequestIds()
        self._observe = observe or _unobserved
        self._signers: dict[str, KeyState] = {}
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for an operation."""
        operation = protocol.operation_named(_header(scope, b"x-amz-target"))
        await self.answer_signed(scope, receive, send, self._operate, operation)

    async def answer_signed(self, scope: Scope, receive: Receive, send: Send, act: Act, operation: str) -> None:
        """Answer one request with what `act` makes of it, once its signature has proved good."""
        request_id = self._new_request_id()
        begun = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id, requester_id=None):
            answered = await self._answered(scope, receive, act, operation)
            self._observe(operation, answered.outcome, time.perf_counter() - begun)
        if answered.outcome == GONE:
            return
        headers = [
            (b"x-amzn-requestid", request_id.encode()),
            _CONTENT_TYPE,
            (b"content-length", str(len(answered.body)).encode()),
        ]
        if answered.status != 200:
            headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": answered.status, "headers": headers})
        await send({"type": "http.response.body", "body": answered.body})

    async def _answered(self, scope: Scope, receive: Receive, act: Act, operation: str) -> Answered:
        """What is answered, whatever happens."""
        self._at_once += 1
        try:
            return Answered(200, await self._answer(scope, receive, act), "ok")
        except RequestError as error:
            return self._refused(error)
        except ClientDisconnected:
            return Answered(0, b"", GONE)
        except (DatabaseUnavailable, LanesClosed, OutcomeUnknown) as error:
            log.error("The database could not be reached", operation=operation, error=str(error))
        except Exception:
            log.exception("A request failed", operation=operation)
        finally:
            self._at_once -= 1
        return self._refused(ServiceFault())

    async def _answer(self, scope: Scope, receive: Receive, act: Act) -> bytes:
        body = await self._body(scope, receive)
        if self._at_once > self._max_requests_at_once:
            raise ServiceUnavailable()
        request = await self._signed(scope, body)
        structlog.contextvars.bind_contextvars(requester_id=request.requester_id)
        if self._rates is not None and not self._rates.admits(request.access_key_id):
            await self.check_may_act(request)
            raise ThrottlingException()
        return await act(request)

    async def _signed(self, scope: Scope, body: bytes) -> Signed:
        """The request with the access key that signed it, which may have been revoked: `check_may_act` says."""
        request = sigv4.SignedRequest(
            scope["method"], scope.get("raw_path") or b"/", scope["query_string"], scope["headers"], body
        )
        claim = sigv4.read_claim(request)
        sigv4.check_time(claim, self._real_clock.now())
        key = self._signers.get(claim.access_key_id) or await self._signer(claim.access_key_id)
        sigv4.prove(claim, key.secret_access_key if key else None)
        assert key is not None
        scope["signed"] = True
        return Signed(scope, body, key.access_key_id, key.requester_id, claim.signature, claim.signed_headers)

    async def _signer(self, access_key_id: str) -> KeyState | None:
        """Whose key this is and its secret, which never change and are remembered; None for one that is no good."""
        key = await self._market.find_access_key(access_key_id)
        if key is None or key.status != "Active":
            return None
        if len(self._signers) >= SIGNERS_KEPT:
            self._signers.clear()
        self._signers[access_key_id] = key
        return key

    async def _operate(self, request: Signed) -> bytes:
        """Perform the operation asked for. A write that is sent once more acts once and gets its first answer."""
        target = _header(request.scope, b"x-amz-target")
        try:
            action = protocol.action(target)
            arguments = action.decode(request.body)
        except RequestError:
            await self.check_may_act(request)
            raise
        if action.name == protocol.SEND_TEST and self._send_test is not None:
            await self.check_may_act(request)
            await self._send_test(request.requester_id, arguments)
            return b"{}"
        if action.reads:
            arguments["signed_with"] = request.access_key_id
            return await self._market.perform_async(request.requester_id, action.answer_signer, **arguments)
        answer = await self._market.answer_once(
            request.requester_id,
            action.answer,
            arguments,
            key=_invocation_key(request),
            signature_key=_signature_key(request),
            answer=_kept,
            guard=partial(accounts.check_may_act, access_key_id=request.access_key_id),
        )
        return answer.body.encode()

    async def check_may_act(self, request: Signed) -> None:
        """Refuse a key that is revoked by now, before anything else is said to whoever holds it."""
        key = await self._market.find_access_key(request.access_key_id)
        if key is None or key.status != "Active":
            raise UnrecognizedClient()

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body, of a size and within a time that are set."""
        try:
            async with asyncio.timeout(self._slow_seconds):
                return await self._read(scope, receive)
        except TimeoutError:
            raise RequestTimeout(seconds=self._slow_seconds) from None

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        declared = int(_header(scope, b"content-length") or 0)
        if declared > self._max_request_bytes and _header(scope, b"expect"):
            raise RequestTooLarge(limit=self._max_request_bytes)  # it was not sent yet, and now will not be
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientDisconnected()
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > LET_PASS:
                break
            if size > self._max_request_bytes:
                parts.clear()
            elif part:
                parts.append(part)
        if size > self._max_request_bytes:
            raise RequestTooLarge(limit=self._max_request_bytes)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _refused(self, error: RequestError) -> Answered:
        body = protocol.refusal(error, at=self._market.clock.now(), sandbox=self._market.rules.sandbox)
        return Answered(error.http_status, body, error.code)


def _unobserved(_operation: str, _outcome: str, _seconds: float) -> None:
    """Nobody wants to know."""


def _kept(body: bytes) -> Answer:
    return Answer(200, body.decode())


def _invocation_key(request: Signed) -> str | None:
    """What a request has in common with its repeats by an SDK; None when its program does not number its calls."""
    invocation = _header(request.scope, INVOCATION)
    if not invocation:
        return None
    return _key(
        request.access_key_id.encode(), invocation, _header(request.scope, b"x-amz-target") or b"", request.body
    )


def _signature_key(request: Signed) -> str | None:
    """What a request has in common with copies of it; None when its invocation id is signed, so that they share it."""
    if INVOCATION in request.signed_headers and _header(request.scope, INVOCATION):
        return None
    return _key(b"signature", request.access_key_id.encode(), request.signature)


def _key(*parts: bytes) -> str:
    return hashlib.sha256(b"\n".join(parts)).hexdigest()[:32]


def _header(scope: Scope, name: bytes) -> bytes | None:
    """A header's value, the first if there are several; None without one."""
    for found, value in scope["headers"]:
        if found == name:
            return bytes(value)
    return None
