"""The load, a process of its own: `python -m tests.bench.generator`, orders as JSON on standard input, one a line.

An order is a port, the bytes of a signed request before and after its `amz-sdk-invocation-id` (which SDKs do not sign),
how many requests to send, and how many at once. Every request gets an id of its own, so each is another act. Answers
what it measured as JSON on standard output; a request that is not answered by 200 ends it.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
import uuid
from typing import Any

import uvloop


class Sending:
    """One order on its way."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.port = int(order["port"])
        self.before, self.after = order["before"].encode(), order["after"].encode()
        self.left = int(order["requests"])
        self.at_once = int(order["at_once"])
        self.milliseconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open = 0

    async def measured(self) -> dict[str, Any]:
        """Send all, from many connections, each with one request at a time."""
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(lambda: Sender(self), "127.0.0.1", self.port) for _ in range(self.at_once)]
        senders = [sender for _, sender in made]
        self.open = len(senders)
        cpu, began = _cpu_seconds(), time.perf_counter()
        for sender in senders:
            sender.send_next()
        await self.done
        seconds = time.perf_counter() - began
        cpu = _cpu_seconds() - cpu
        for sender in senders:
            sender.transport.close()
        ranked = sorted(self.milliseconds)
        return {
            "rate": len(ranked) / seconds,
            "seconds": seconds,
            "p50": ranked[len(ranked) // 2],
            "p99": ranked[len(ranked) * 99 // 100],
            "cpu": cpu / seconds,
        }


class Sender(asyncio.Protocol):
    """One connection."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._received = b""
        self._sent_at = 0.0
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send_next(self) -> None:
        sending = self._sending
        if not sending.left:
            sending.open -= 1
            if not sending.open and not sending.done.done():
                sending.done.set_result(None)
            return
        sending.left -= 1
        self._sent_at = time.perf_counter()
        self.transport.write(sending.before + str(uuid.uuid4()).encode() + sending.after)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.index(b"content-length: ") + 16
        if len(body) < int(head[at : at + 8].partition(b"\r")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200 "):
            self._fail(f"{head.decode()} {body.decode()}")
            return
        self._sending.milliseconds.append((time.perf_counter() - self._sent_at) * 1000)
        self._received = b""
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"a connection was lost: {exc}")

    def _fail(self, why: str) -> None:
        if not self._sending.done.done():
            self._sending.done.set_exception(RuntimeError(why))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _measured(order: dict[str, Any]) -> dict[str, Any]:
    return await Sending(order).measured()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(uvloop.run(_measured(json.loads(line)))), flush=True)
