"""A browser's way to an app in this process: an httpx client whose requests run on one event loop beside the tests."""

from __future__ import annotations

import asyncio
import threading
from functools import cache

import httpx
from starlette.types import ASGIApp


def client(app: ASGIApp, url: str, *, follow_redirects: bool = False, lets_fail: bool = False) -> httpx.Client:
    """A client that keeps cookies; an app that fails lets the test fail with its error, unless it is to answer 500."""
    return httpx.Client(transport=_InProcess(app, lets_fail), base_url=url, follow_redirects=follow_redirects)


class _InProcess(httpx.BaseTransport):
    def __init__(self, app: ASGIApp, lets_fail: bool) -> None:
        self._app = httpx.ASGITransport(app, raise_app_exceptions=not lets_fail)  # type: ignore[arg-type]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._answer(request), _loop()).result(30)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._app.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="web under test", daemon=True).start()
    return loop
