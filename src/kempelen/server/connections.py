"""Connections: what a client may make the server hold before anybody knows who it is, and for how long.

- One `Budget` counts what all clients make this process hold: heads, bodies being read, answers not yet taken. What
  goes over it is refused, so no number of clients exhausts the memory. An eighth of it is reserved: half for small
  requests, so that strangers' large bodies stop neither the API nor health checks, and the last half for clients who
  have proved who they are and for the smallest heads.
- A head must come within half a minute. A body, and a reader of an answer, must keep a minimal rate.
- Where there are as many connections as are allowed, a new one replaces the least useful: one that idles, else one
  whose request is not complete; those of clients who have proved who they are come last.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kempelen.api.app import Message, Receive, Scope, Send
from kempelen.core.wire.errors import RequestError

App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
ROOM = 32  # connections beyond the limit, so that one can come while another is being replaced
SLOWEST = 1_000  # bytes a second, below which a sender or a reader is cut off once its timeout is used up
PIECE = 64 * 1024  # bytes of an answer that are handed to a connection at a time
KNOWN = ("signed", "signed_in")  # in the scope of a request whose client has proved who it is
IS_KNOWN = "is_known"  # in the scope of a request on whose connection a client has done so before
SMALL_HEAD = 2 * 1024  # bytes
SMALL_BODY = 64 * 1024  # bytes
SMALL_ANSWER = 2 * 1024  # bytes; what is left of one after it is finished is not counted
RECOUNTED_EVERY = 1.0  # seconds
FORWARDED = {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"}  # headers of proxies


class Share(IntEnum):
    """How much of the budget a request may fill, in sixteenths."""

    LARGE = 14
    SMALL = 15
    KNOWN = 16


def share_of(scope: Scope) -> Share:
    """The share for the body of a request.

    A proxy sends the requests of many clients on one connection, so one who is known there vouches for no other.
    """
    if scope.get(IS_KNOWN) and not any(name in FORWARDED for name, _ in scope["headers"]):
        return Share.KNOWN
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    is_small = len(lengths) == 1 and len(lengths[0]) < 10 and lengths[0].isdigit() and int(lengths[0]) <= SMALL_BODY
    return Share.SMALL if is_small else Share.LARGE


class Budget:
    """How many bytes clients make this process hold, and the most they may."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0

    def take(self, size: int, share: Share) -> bool:
        """Count bytes that are held from now on; False, and nothing is counted, where they are too many."""
        if self.held + size > self.most * share // Share.KNOWN:
            return False
        self.held += size
        return True

    def add(self, size: int) -> None:
        """Count bytes that are there already, over the budget too."""
        self.held += size

    def give_back(self, size: int) -> None:
        """These bytes are held no more."""
        self.held -= size


class Held:
    """What one request makes the server hold; given back when it ends."""

    def __init__(self, budget: Budget, share: Share) -> None:
        self._budget = budget
        self._share = share
        self._size = 0

    def take(self, size: int, share: Share | None = None) -> bool:
        """Count more bytes; False where they are too many for the share, which is the request's where none is given."""
        if not self._budget.take(size, share or self._share):
            return False
        self._size += size
        return True

    def end(self) -> None:
        """Give everything back."""
        self._budget.give_back(self._size)
        self._size = 0


def counted(receive: Receive, held: Held, weight: int, refusal: RequestError) -> Receive:
    """The same request; each byte of its body counts `weight` times. The refusal is raised where that is too much."""

    async def received() -> Message:
        message = await receive()
        if not held.take(weight * len(message.get("body", b""))):
            raise refusal
        return message

    return received


def at_a_rate(receive: Receive, timeout: float) -> Receive:
    """The same request, given up when its body takes longer than the timeout and a second for each SLOWEST bytes."""
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout
    complete = False

    async def received() -> Message:
        nonlocal complete, until
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        complete = not message.get("more_body", False)
        until = min(until + len(message.get("body", b"")) / SLOWEST, loop.time() + timeout)
        return message

    return received


def in_pieces(send: Send, held: Held) -> Send:
    """The same answer; a large body is handed on in pieces, as fast as its reader takes them, and counts meanwhile."""

    async def sent(message: Message) -> None:
        body = message.get("body", b"")
        held.take(len(body), Share.KNOWN)  # over the budget too: it is made already, and is gone soonest by being sent
        for start in range(PIECE, len(body), PIECE):
            await send({"type": message["type"], "body": body[start - PIECE : start], "more_body": True})
        if len(body) > PIECE:
            message = {**message, "body": body[(len(body) - 1) // PIECE * PIECE :]}
        await send(message)

    return sent


class _HeadWithBody:
    """A transport that sends the head of an answer together with what follows it at once.

    SDKs take a whole head without a body for an answer without members. So a process that is killed must not have sent
    the one without the other, which two writes in a row allow.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 ") and data.endswith(b"\r\n\r\n"):
            self._head = data
            self._loop.call_soon(self.flush)
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send a head that nothing has followed."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """One connection; what it makes the server hold is bounded in size and time."""

    budget = Budget(256 * 1024 * 1024)
    most = 5_000  # connections
    timeout = 30.0  # seconds for what is slow

    # uvicorn's signature, which is narrower than that of asyncio: hence what is ignored.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, _HeadWithBody(transport, asyncio.get_running_loop())))
        self.app = self._counting_buffers(self.app)
        self._head_bytes = 0  # of this request, in the budget
        self._counted_as_head = 0  # bytes of what has just come, until they turn out to be a body
        self._cycles: list[RequestResponseCycle] = []  # requests whose answers are not complete
        self._buffered = 0  # bytes of their bodies that nobody has read yet, in the budget
        self._framing = 0  # bytes since the head or the last piece of the body: chunk extensions, trailers
        self._in_head = True
        self._unsent = 0  # bytes of finished answers that are not sent yet, in the budget
        self._recount: asyncio.TimerHandle | None = None
        self._is_lost = False
        self._is_whole = False  # the last request; what comes is the head of the next
        self._is_known = False  # a request of this connection was signed, or by somebody who is signed in
        self._since = self.loop.time()
        self._waiting: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._close)
        self._unread: asyncio.TimerHandle | None = None
        if len(self.connections) > self.most:
            self._replace_one()

    def data_received(self, data: bytes) -> None:
        if self._in_head or self._is_whole:
            if not self.budget.take(len(data), self._share_of_head(self._head_bytes + len(data))):
                self._refuse()
                return
            self._head_bytes += len(data)
            self._counted_as_head = len(data)
        else:
            self._framing += len(data)
        super().data_received(data)
        self._counted_as_head = 0
        if self.transport.is_closing():
            return
        if self._in_head:
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of this request is too large.")
            elif self._waiting is None:
                self._waiting = self.loop.call_later(HEAD_SECONDS, self._close)
        elif not self._is_whole and self._framing > MAX_HEAD_BYTES:
            self.send_400_response("The framing of this request is too large.")

    def on_message_begin(self) -> None:
        self._in_head, self._is_whole = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._framing = 0
        self._stop_waiting()
        cast(Scope, self.scope)[IS_KNOWN] = self._is_known
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._cycles.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        self._framing = 0
        in_head = min(len(body), self._counted_as_head)
        self._counted_as_head -= in_head
        self._head_bytes -= in_head
        self.budget.give_back(in_head)
        if not self.cycle.response_complete:
            self.budget.add(len(body))  # over the budget too: whoever reads it refuses it, with an answer that arrives
            self._buffered += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        self._is_known = self._is_known or any(self.cycle.scope.get(key) for key in KNOWN)
        self._give_back()
        self._count_buffers()
        if self._recount is None and self.transport.get_write_buffer_size() > SMALL_ANSWER:
            self._recount = self.loop.call_later(0, self._count_unsent)  # most are sent by then
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.timeout, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # the last answer has not been read
        super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._give_back()
        self._cycles.clear()
        self._count_buffers()
        self._is_lost = True
        self._count_unsent()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().connection_lost(exc)

    # Whom to replace.

    def _replace_one(self) -> None:
        """Close the least useful connection, which may be this one."""
        others = [one for one in self.connections if one is not self and isinstance(one, Connection)]
        candidates = [one for one in others if one.priority() is not None]
        if candidates:
            min(candidates, key=lambda one: (one.priority() or 0, one._since))._close()

    def priority(self) -> int | None:
        """How little it matters that this connection is closed, least first; None where a request is being answered."""
        known = 2 if self._is_known else 0
        if self.cycle is None or self.cycle.response_complete:
            return known  # it idles, or sends its first head
        return known + 1 if self.cycle.more_body else None

    # What is held.

    def _share_of_head(self, size: int) -> Share:
        if self._is_known or size <= SMALL_HEAD:
            return Share.KNOWN
        return Share.SMALL if size <= MAX_HEAD_BYTES else Share.LARGE

    def _counting_buffers(self, app: App) -> App:
        """The same application; what it has read of a body is no longer in the buffer of the connection."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            async def received() -> Message:
                message = await receive()
                self._count_buffers()
                return message

            await app(scope, received, send)

        return counting

    def _count_buffers(self) -> None:
        """Give back what has been read of the bodies, or needs not be read any more."""
        self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete]
        buffered = sum(len(cycle.body) for cycle in self._cycles)
        self.budget.give_back(self._buffered - buffered)
        self._buffered = buffered

    def _count_unsent(self) -> None:
        """Count what is left of finished answers, from time to time until nothing is."""
        if self._recount is not None:
            self._recount.cancel()
            self._recount = None
        self.budget.give_back(self._unsent)
        self._unsent = 0 if self._is_lost else self.transport.get_write_buffer_size()
        self.budget.add(self._unsent)
        if self._unsent:
            self._recount = self.loop.call_later(RECOUNTED_EVERY, self._count_unsent)

    def _refuse(self) -> None:
        """Answer 503 to a request whose head is not complete."""
        if any(not cycle.response_complete for cycle in self._cycles):
            self.transport.abort()  # the answer to the request before comes first
            return
        text = b"The server is busy. Please try again."
        head = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        self.transport.write(b"%scontent-length: %d\r\n\r\n%s" % (head, len(text), text))
        self.transport.close()

    def _give_back(self) -> None:
        self.budget.give_back(self._head_bytes)
        self._head_bytes = 0

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _close(self) -> None:
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()


def connection_class(budget: Budget, *, most: int, timeout: float) -> type[Connection]:
    """The protocol for a server with these bounds."""
    values: dict[str, Any] = {"budget": budget, "most": most, "timeout": timeout}
    return type("Connection", (Connection,), values)
