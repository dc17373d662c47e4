"""The server process: binds sockets, opens the market, starts scheduler and delivery, serves until a signal."""

import asyncio
import errno
import resource
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import FrameType

import uvicorn

from kempelen import logs
from kempelen.api.app import Receive, Scope, Send
from kempelen.config import Config
from kempelen.delivery.channels import Channels
from kempelen.delivery.sender import Sender
from kempelen.market.market import Market
from kempelen.opening import only_server, open_market
from kempelen.server.connections import (
    ROOM,
    Budget,
    connection_class,
)
from kempelen.server.front import Front
from kempelen.server.scheduler import Scheduler
from kempelen.server.stopping import StopLimit
from kempelen.store.database import DatabaseError
from kempelen.store.files import Files

CLOSING_SECONDS = 5.0  # after KEMPELEN_STOP_SECONDS, to close the database before the process ends all the same


class CannotListen(OSError):
    """Nobody can listen at this address; the text says which and why."""


def serve(config: Config, *, when_ready: Callable[[Market, Config], None] | None = None) -> None:
    """Serve until Ctrl-C or SIGTERM; then requests begun are answered and everything answered is kept.

    What has not ended `stop_seconds` and CLOSING_SECONDS after the signal is not waited for: the process ends with 0.

    `when_ready` is called once connections are taken, with the market and the settings (the port in them is the real
    one where 0 was asked for).
    """
    logs.write(config.log, every_request=config.log_requests)
    _allow_many_connections()
    with only_server(config):
        _serve(config, when_ready)


def _serve(config: Config, when_ready: Callable[[Market, Config], None] | None) -> None:
    sockets = _bound(config.host, config.port)
    config = replace(config, port=sockets[0].getsockname()[1])
    limit = StopLimit(config.stop_seconds + CLOSING_SECONDS)
    try:
        market = open_market(config, serving=True)
        scheduler = Scheduler(market, Files(config.uploads))
        sender = Sender(market, Channels(market, config))
        try:
            report_ready = partial(when_ready, market, config) if when_ready else None
            closing = asyncio.Event()
            budget = Budget(config.max_held_bytes)
            front = Front(market, config, closing, sender=sender, budget=budget)
            server = _Server(uvicorn_config(front, config, budget), report_ready, closing, limit)
            scheduler.start()
            sender.start()
            server.run(sockets=sockets)
        finally:
            sender.stop()
            scheduler.stop()
            with suppress(DatabaseError):
                market.database.note_use(False)
            market.close()
    finally:
        for listener in sockets:
            listener.close()
        limit.lift()


def _allow_many_connections() -> None:
    """Each connection is an open file, and the usual limit of 1024 is meant for other programs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bound(host: str, port: int) -> list[socket.socket]:
    """Sockets at every address of the host, bound but not yet listening; CannotListen says why there are none."""
    if port > 65_535:
        raise CannotListen(f"Cannot listen at port {port}: ports go up to 65535.")
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            listener = socket.socket(family, kind, protocol)
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
    except OSError as error:
        for listener in sockets:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(f"Port {port} of {host} is taken by another program; --port takes another.") from None
        raise CannotListen(
            f"Cannot listen at {host}, port {port}: {getattr(error, 'strerror', None) or error}"
        ) from None
    return sockets


def uvicorn_config(
    app: Callable[[Scope, Receive, Send], Awaitable[None]], config: Config, budget: Budget | None = None
) -> uvicorn.Config:
    """The stack under the ASGI callable; `make bench` measures against it with a handler that does nothing."""
    connection = connection_class(
        budget or Budget(config.max_held_bytes), most=config.max_connections, timeout=config.slow_seconds
    )
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=list(config.trusted_proxies),
        backlog=config.backlog,
        limit_concurrency=config.max_connections + ROOM,
        timeout_keep_alive=config.keep_alive_seconds,
        timeout_graceful_shutdown=config.stop_seconds,
    )


class _Server(uvicorn.Server):
    """Uvicorn, which says when it is ready, and whose end by a signal is no failure."""

    def __init__(
        self,
        config: uvicorn.Config,
        when_ready: Callable[[], None] | None,
        closing: asyncio.Event,
        limit: StopLimit,
    ) -> None:
        super().__init__(config)
        self._when_ready = when_ready
        self._closing = closing
        self._limit = limit

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._when_ready:
            self._when_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """The first signal ends the server gently, a second Ctrl-C at once; unlike uvicorn's it is not raised again."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
        self._limit.begin()
