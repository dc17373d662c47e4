"""The server's ASGI application: it passes each request to the Requester API or to the web side.

`POST` with an `X-Amz-Target` or a SigV4 signature goes to the Requester API, whatever the host name (the signature
covers the name that was sent). `/livez` and `/readyz` answer on any host, too. Everything else goes to the web side,
which checks the Host header.
"""

import asyncio
import hmac
import json
import os
import tempfile
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import structlog

from kempelen import logs
from kempelen.api import cors
from kempelen.api.app import Message, Receive, RequesterAPI, RequestIds, Scope, Send, Signed
from kempelen.api.rates import Rates
from kempelen.config import Config, SettingRefused
from kempelen.core.wire.errors import InvalidParameterValue, SerializationException, ServiceUnavailable
from kempelen.core.wire.refusals import Busy
from kempelen.delivery.sender import Sender
from kempelen.hosts import Hosts, is_loopback
from kempelen.market import liveness
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import ManualClock, SystemClock
from kempelen.market.market import Market
from kempelen.server.connections import (
    FORWARDED,
    Budget,
    Held,
    at_a_rate,
    counted,
    in_pieces,
    share_of,
)
from kempelen.server.metrics import CONTENT_TYPE, Metrics
from kempelen.web.app import PAGE, web
from kempelen.web.site.settings import WebSettings
from kempelen.web.tasks.uploads import PATH as UPLOADS

MAX_ADVANCE_SECONDS = 100 * 365 * 86_400
SHORTEST_TOKEN = 16
REQUEST_WEIGHT = 2  # bytes that a byte of an operation's body costs while it is answered
FORM_WEIGHT = 4  # the same of a form's
JUMPED = (
    "The system clock has jumped to {shown:%Y-%m-%d %H:%M:%S} UTC; market time is {believed:%Y-%m-%d %H:%M:%S} UTC.\n"
)
READY_WITHIN = 5.0  # seconds
READY_FOR = 1.0  # seconds that one look at the database and the disk answers for
WRITTEN = 64 * 1024  # bytes, to see whether the disk takes any

log = structlog.get_logger("kempelen.server")


class Front:
    """The whole server as one ASGI callable."""

    def __init__(
        self,
        market: Market,
        config: Config,
        closing: asyncio.Event | None = None,
        *,
        sender: Sender | None = None,
        budget: Budget | None = None,
    ) -> None:
        """HostsRefused when the addresses of site and tasks cannot be used."""
        self._market = market
        self._slow_seconds = config.slow_seconds
        self._budget = budget or Budget(config.max_held_bytes)
        self._metrics = None if config.metrics == "off" else Metrics(market, held=lambda: self._budget.held)
        self._metrics_token = _metrics_token(config)
        self._logs_requests = config.log_requests
        self._new_request_id = RequestIds()
        self._api = RequesterAPI(
            market,
            max_request_bytes=config.max_request_bytes,
            max_requests_at_once=config.max_requests_at_once,
            slow_seconds=config.slow_seconds,
            rates=Rates(config.rate_per_second, config.rate_burst) if config.rate_per_second else None,
            send_test=sender.send_test if sender else None,
            new_request_id=self._new_request_id,
            observe=self._observe_operation,
        )
        self._web = web(market, web_settings(config), closing)
        self._folder = config.data
        self._site_name = urlsplit(config.site_url).hostname
        self._cors = config.cors
        self._has_manual_clock = isinstance(market.clock, ManualClock)
        self._looked_until = 0.0
        self._was_ready = False
        self._looking = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead one request to where it belongs."""
        if scope["type"] != "http":
            return
        held = Held(self._budget, share_of(scope))
        try:
            await self._route(scope, receive, in_pieces(send, held), held)
        finally:
            held.end()

    async def _route(self, scope: Scope, receive: Receive, send: Send, held: Held) -> None:
        path = scope["path"]
        if path == "/livez":
            await _answer_text(send, 200, "The process lives.\n")
        elif path == "/readyz":
            await self._answer_readiness(send)
        elif path == "/clock/advance" and self._has_manual_clock:
            await self._advance_clock(scope, receive, send)
        elif self._cors and cors.is_preflight(scope):
            await cors.answer_preflight(scope, send)
        elif scope["method"] == "POST" and _is_aws_request(scope):
            send = cors.allowed(send) if self._cors else send
            await self._api(scope, counted(receive, held, REQUEST_WEIGHT, ServiceUnavailable()), send)
        elif path == "/metrics" and self._metrics is not None:
            await self._answer_metrics(self._metrics, scope, send)
        else:
            if path != UPLOADS:  # which go to disk as they come
                receive = counted(receive, held, FORM_WEIGHT, Busy())
            await self._show_page(scope, at_a_rate(receive, self._slow_seconds), send)

    async def _show_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page of the web side; its log lines and its answer have one request id, as the API's have."""
        request_id = self._new_request_id()
        begun, status = time.perf_counter(), 0

        async def send_and_count(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._web(scope, receive, send_and_count)
            except Exception:
                if not status:
                    raise  # otherwise it is logged, and the visitor gets an error page
            self._observe_page(scope, status, time.perf_counter() - begun)

    def _observe_operation(self, operation: str, outcome: str, seconds: float) -> None:
        if self._metrics is not None:
            self._metrics.count_operation(operation, outcome, seconds)
        if self._logs_requests:
            logs.requests.info("Operation", operation=operation, outcome=outcome, ms=round(seconds * 1000, 1))

    def _observe_page(self, scope: Scope, status: int, seconds: float) -> None:
        page = scope.get(PAGE, "other")
        if self._metrics is not None:
            self._metrics.count_page(page, status, seconds)
        if self._logs_requests:
            logs.requests.info("Page", method=scope["method"], page=page, status=status, ms=round(seconds * 1000, 1))

    async def _answer_metrics(self, metrics: Metrics, scope: Scope, send: Send) -> None:
        """All metrics, to this machine or to whoever has the token, as the setting says."""
        if self._metrics_token and not _has_token(scope, self._metrics_token):
            await _answer_text(send, 401, "Metrics need the token.\n", (b"www-authenticate", b"Bearer"))
        elif not self._metrics_token and not (_is_directly_from_here(scope) and self._is_asked_by_our_name(scope)):
            await _answer_text(send, 404, "There is nothing here.\n")
        elif scope["method"] != "GET":
            await _answer_text(send, 405, "Metrics are read by GET.\n", (b"allow", b"GET"))
        else:
            text = await asyncio.get_running_loop().run_in_executor(None, metrics.text)
            headers = [(b"content-type", CONTENT_TYPE), (b"content-length", str(len(text)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": text})

    def _is_asked_by_our_name(self, scope: Scope) -> bool:
        """Whether a request names this machine or the site; a page whose name leads here (DNS rebinding) does not."""
        sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        try:
            (host,) = sent
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and "@" not in host and (is_loopback(name) or name == self._site_name)

    async def _answer_readiness(self, send: Send) -> None:
        """200 when the database and the data folder can be read and written."""
        if not await self._is_ready():
            await _answer_text(send, 503, "The database does not answer, or the disk takes nothing more.\n")
        elif isinstance(self._market.clock, SystemClock) and (clock_jump := self._market.clock.system_time.clock_jump):
            await _answer_text(send, 503, JUMPED.format(shown=clock_jump.shown, believed=clock_jump.believed))
        else:
            await _answer_text(send, 200, "Ready.\n")

    async def _is_ready(self) -> bool:
        """Whether database and data folder took a change; either answer counts for a second, however many ask."""
        async with self._looking:
            if time.monotonic() > self._looked_until:
                try:
                    async with asyncio.timeout(READY_WITHIN):
                        await self._market.perform_async(MARKET, liveness.get_nothing)
                        await self._market.perform_async(MARKET, liveness.write_heartbeat)
                        await asyncio.get_running_loop().run_in_executor(None, try_to_write, self._folder)
                except Exception as error:
                    log.warning("Not ready", error=str(error) or type(error).__name__)
                    self._was_ready = False
                else:
                    self._was_ready = True
                self._looked_until = time.monotonic() + READY_FOR
            return self._was_ready

    async def _advance_clock(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`POST {"seconds": n}` from this machine, signed with a Requester's key, moves a manual clock."""
        if scope["method"] != "POST":
            await _answer_text(send, 405, "The clock is moved by POST.\n")
        elif not _is_from_here(scope):
            await _answer_text(send, 403, "The clock can only be moved from the machine it runs on.\n")
        else:
            await self._api.answer_signed(scope, receive, send, self._advance, "AdvanceClock")

    async def _advance(self, request: Signed) -> bytes:
        await self._api.check_may_act(request)
        advance = partial(self._market.advance, seconds=_seconds(request.body))
        now: datetime = await asyncio.get_running_loop().run_in_executor(None, advance)
        return msgspec.json.encode({"now": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")})


def try_to_write(folder: Path) -> None:
    """Shows that a file can be written in the data folder; OSError where it cannot."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(WRITTEN))
        file.flush()
        os.fsync(file.fileno())


def web_settings(config: Config) -> WebSettings:
    """What the worker site must know, from the settings."""
    on_one_machine = Hosts(config.site_url).on_one_machine
    return WebSettings(
        url=config.site_url,
        tasks_url=config.tasks_url or None,
        registration_open=config.registration == "open" or (config.registration == "" and on_one_machine),
        name=config.site_name,
        contact=config.contact,
        payout_note=config.payout_note,
        sends_mail=bool(config.mail_host),
        uploads=config.uploads,
        max_form_bytes=config.max_form_bytes,
        max_answer_bytes=config.max_answer_bytes,
    )


def _is_aws_request(scope: Scope) -> bool:
    """Is this meant for the Requester API, however badly?"""
    return any(
        name == b"x-amz-target"
        or (name == b"authorization" and value.startswith(b"AWS4-"))
        or (name == b"content-type" and value.startswith(b"application/x-amz-json"))
        for name, value in scope["headers"]
    )


def _is_from_here(scope: Scope) -> bool:
    host = (scope.get("client") or ("",))[0]
    return host != "" and is_loopback(host)


def _is_directly_from_here(scope: Scope) -> bool:
    """From a program on this machine, and not by a proxy on it that speaks for somebody else."""
    return _is_from_here(scope) and not any(name in FORWARDED for name, _ in scope["headers"])


def _has_token(scope: Scope, token: str) -> bool:
    sent = [value for name, value in scope["headers"] if name == b"authorization"]
    return len(sent) == 1 and hmac.compare_digest(sent[0], b"Bearer " + token.encode())


def _metrics_token(config: Config) -> str:
    """What a reader of metrics must send; empty where it need not."""
    if config.metrics != "token":
        return ""
    if len(config.metrics_token) < SHORTEST_TOKEN:
        raise SettingRefused(
            f"KEMPELEN_METRICS is token, so KEMPELEN_METRICS_TOKEN (or …_FILE) must have {SHORTEST_TOKEN} characters "
            "or more."
        )
    return config.metrics_token


def _seconds(body: bytes) -> float:
    try:
        seconds = json.loads(body)["seconds"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise SerializationException(detail='The body must be {"seconds": n}.') from None
    if type(seconds) not in (int, float) or not 0 <= seconds <= MAX_ADVANCE_SECONDS:
        raise InvalidParameterValue(
            value=seconds, name="seconds", reason="Time only goes forward, by at most 100 years."
        )
    return float(seconds)


async def _answer_text(send: Send, status: int, text: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
