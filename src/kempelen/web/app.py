"""The web side as ASGI apps: the site, the task hosts, and both behind the Host header.

    web(market, WebSettings(url="http://kempelen.localhost:8900"))

A request for a host that is none of ours gets 421, so that a name pointed here by somebody else shows nothing.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kempelen.core.wire.errors import RequestError, ServiceFault
from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.hosts import Hosts, SiteHost, TaskHost
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.market import Market
from kempelen.passwords import PasswordPool
from kempelen.store.files import Files
from kempelen.store.lanes.lanes import OutcomeUnknown
from kempelen.web import worker
from kempelen.web.site import assets
from kempelen.web.site.alerts import Alerts
from kempelen.web.site.assets import Assets
from kempelen.web.site.limits import Limiter
from kempelen.web.site.rendering import Rendering
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.settings import WebSettings
from kempelen.web.site.visits import NoSuchPage, NotSignedIn, Visit, Web
from kempelen.web.tasks import task, uploads

PAGE = "kempelen.page"  # where the scope says which page it was, by its pattern

log = logging.getLogger("kempelen.web")


def _routes() -> Routes:
    """Every address of the site: a module of `web/worker` that has ROUTES is a page."""
    found: Routes = dict(uploads.ROUTES)
    for module in pkgutil.iter_modules(worker.__path__, f"{worker.__name__}."):
        found |= getattr(importlib.import_module(module.name), "ROUTES", {})
    return found


ROUTES = _routes()


def web(market: Market, settings: WebSettings, closing: asyncio.Event | None = None) -> ASGIApp:
    """Site and task hosts in one; HostsRefused when the settings' addresses cannot be used.

    Once `closing` is set, answers that would go on for long come to their end.
    """
    shared = _shared(market, settings, closing)
    site_app, task_app = _site(shared), _tasks(shared)

    async def by_host(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await site_app(scope, receive, send)
        sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        host = shared.hosts.find(sent[0]) if len(sent) == 1 else None
        if isinstance(host, SiteHost):
            return await site_app(scope, receive, send)
        if isinstance(host, TaskHost):
            scope[PAGE] = "task"
            return await task_app(scope, receive, send)
        return await misdirected(shared)(scope, receive, send)

    return by_host


def site(market: Market, settings: WebSettings) -> ASGIApp:
    """The worker site; whoever calls it has looked at the Host."""
    return _site(_shared(market, settings))


def tasks(market: Market, settings: WebSettings) -> ASGIApp:
    """The task hosts; whoever calls it has looked at the Host."""
    return _tasks(_shared(market, settings))


def misdirected(shared: Web) -> Response:
    """What somebody hears who came by a name that is not ours."""
    return PlainTextResponse(
        f"This server is not the one for the host name you used. Its site is at {shared.hosts.origin}\n", 421
    )


def _shared(market: Market, settings: WebSettings, closing: asyncio.Event | None = None) -> Web:
    static = Assets(assets.FOLDER, "/static")
    stand_ins = Assets(assets.FOLDER / "stand-ins", "/stand-ins")
    return Web(
        market=market,
        settings=settings,
        hosts=Hosts(settings.url, settings.tasks_url),
        assets=static,
        stand_ins=stand_ins,
        files=Files(settings.uploads),
        rendering=Rendering(static, stand_ins),
        passwords=PasswordPool(),
        alerts=Alerts(market, closing or asyncio.Event()),
        sign_ins_by_email=Limiter(10, 15 * 60),
        sign_ins_by_address=Limiter(100, 15 * 60),
        sign_ins_by_browser=Limiter(10, 15 * 60),
        resets_by_email=Limiter(3, 60 * 60),
        resets_by_address=Limiter(20, 60 * 60),
        real_clock=SystemClock(),
    )


def _site(shared: Web) -> Starlette:
    app = Starlette(
        routes=[
            Route("/static/{name}", shared.assets.serve, methods=["GET"]),
            *task.routes(shared),
            *(Route(path, _endpoint(shared, path, pages), methods=list(pages)) for path, pages in ROUTES.items()),
        ],
        exception_handlers={HTTPException: _not_found(shared), Exception: _at_fault(shared)},
    )
    app.router.redirect_slashes = False
    return app


def _tasks(shared: Web) -> Starlette:
    handlers: dict[Any, Any] = {HTTPException: task.no_such_page(shared), Exception: _at_fault_plainly}
    app = Starlette(routes=task.routes(shared), exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


def _endpoint(shared: Web, path: str, pages: dict[str, Page]) -> Callable[[Request], Awaitable[Response]]:
    """The page functions of one path as an endpoint: find out who is here, read the form, act, wall the answer."""

    async def answer(request: Request) -> Response:
        request.scope[PAGE] = path
        page = pages["GET" if request.method == "HEAD" else request.method]
        visit = _visit(shared, request)
        try:
            await visit.enter()
            if visit.visitor is None and not page.open:
                raise NotSignedIn()
            if request.method == "POST":
                await visit.read_form(_form_limit(shared.settings, page), guarded=page.guarded)
            if page.people_only:
                visit.require_person()
            return visit.finished(visit.answer(await page.function(visit)))
        except WorkerRefusal as refusal:
            return visit.finished(visit.refused(refusal))
        except (ServiceFault, OutcomeUnknown):
            return visit.finished(visit.refused(ServiceFault()))

    return answer


def _form_limit(settings: WebSettings, page: Page) -> int:
    return settings.max_answer_bytes if page.takes_answers else settings.max_form_bytes


def _visit(shared: Web, request: Request) -> Visit:
    host = shared.hosts.find(request.headers.get("host", ""))
    return Visit(shared, request, host if isinstance(host, SiteHost) else SiteHost(shared.hosts.origin, False))


def _not_found(shared: Web) -> Callable[[Request, Exception], Awaitable[Response]]:
    """No such page, or a page that does not take this method."""

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        refusal: RequestError = NoSuchPage() if error.status_code == 404 else WrongMethod()
        visit = _visit(shared, request)
        try:
            await visit.enter()
        except WorkerRefusal as unknown:
            refusal = unknown
        response = visit.finished(visit.refused(refusal))
        response.headers.update(error.headers or {})
        return response

    return answer


def _at_fault(shared: Web) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Our own fault: logged by the server, to which Starlette passes the error; the visitor gets an error page."""

    async def answer(request: Request, error: Exception) -> Response:
        log.error("A page failed: %s %s", request.method, request.scope.get(PAGE), exc_info=error)
        visit = _visit(shared, request)
        return visit.finished(visit.refused(ServiceFault()))

    return answer


async def _at_fault_plainly(request: Request, error: Exception) -> Response:
    log.error("A task page failed: %s", request.method, exc_info=error)
    return PlainTextResponse(ServiceFault.text + "\n", 500)


class WrongMethod(WorkerRefusal):
    text = "This page does not accept this kind of request."
    http_status = 405
