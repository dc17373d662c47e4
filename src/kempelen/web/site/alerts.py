"""Alerts: notifies Workers by server-sent events when their saved searches find new HITs.

One poller per process looks at the newest entry of one index, every two seconds and only while somebody listens; so it
sees what any process has committed. Only when there is news does it read the searches, and those look only at the
groups that changed. A stream ends after some minutes; the browser then connects again and is authenticated again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import msgspec

from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import EPOCH
from kempelen.market.hits import listings, saved_searches
from kempelen.market.hits.listings import Group
from kempelen.market.hits.saved_searches import SavedSearch
from kempelen.market.market import Market
from kempelen.web.site import search_forms
from kempelen.web.site.forms import Form

EVERY = 2.0
HEARTBEAT = 15.0  # seconds after which a silent stream says that it lives, and looks whether something came late
STREAM_SECONDS = 300.0
MOST_OF_ONE = 6  # streams of one Worker: one a browser, or a window where windows cannot agree on one
# A transaction may commit after one that is younger; so each look goes back a little, and what was sent is remembered.
OVERLAP = timedelta(seconds=30)


class TooManyStreams(WorkerRefusal):
    text = "Too many windows listen for new HITs at once. Close some, or reload the list from time to time."
    http_status = 429


class Alerts:
    """The open streams of one process."""

    def __init__(
        self,
        market: Market,
        closing: asyncio.Event,
        *,
        most: int = 500,
        every: float = EVERY,
        breath: float = HEARTBEAT,
    ) -> None:
        """Streams end when `closing` is set: otherwise they would delay a server that is asked to stop."""
        self._closing = closing
        self._market = market
        self._most = most
        self._every = every
        self._breath = breath
        self._open: Counter[str] = Counter()
        self._latest: datetime = EPOCH
        self._changed = asyncio.Condition()
        self._poller: asyncio.Task[None] | None = None

    def check_room(self, worker_id: str) -> None:
        """TooManyStreams when this Worker, or everybody together, has as many open as there may be."""
        if self._open[worker_id] >= MOST_OF_ONE or self._open.total() >= self._most:
            raise TooManyStreams()

    async def stream(self, worker_id: str, since: datetime | None) -> AsyncIterator[bytes]:
        """The events for one Worker, of news after an instant or from now on."""
        self._open[worker_id] += 1
        try:
            async for event in self._events(worker_id, since):
                yield event
        finally:
            self._open[worker_id] -= 1
            self._open += Counter()  # keeps those above zero
            if not self._open and self._poller:
                self._poller.cancel()
                self._poller = None

    async def _events(self, worker_id: str, since: datetime | None) -> AsyncIterator[bytes]:
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        since = seen = since or await self.newest()
        sent = set[tuple[str, str, datetime]]()
        ends_at = asyncio.get_running_loop().time() + STREAM_SECONDS
        yield b"retry: 5000\n" + _here(seen)
        while not self._closing.is_set() and asyncio.get_running_loop().time() < ends_at:
            latest = await self._news_after(seen)
            for search in await self._market.perform_async(worker_id, saved_searches.list_searches):
                groups = [
                    group
                    for group in await self._found(worker_id, search, max(since, seen - OVERLAP))
                    if (search.search_id, group.hit_group_id, group.updated_at) not in sent
                ]
                sent |= {(search.search_id, group.hit_group_id, group.updated_at) for group in groups}
                if groups:
                    yield _event(search, groups)
            sent = {one for one in sent if one[2] > latest - OVERLAP}
            seen = latest
            yield _here(seen)

    async def _found(self, worker_id: str, search: SavedSearch, since: datetime) -> list[Group]:
        if not search.alerts:
            return []
        wanted = search_forms.wanted(Form(parse_qsl(search.query)))
        return await self._market.perform_async(worker_id, listings.list_news, wanted=wanted, since=since)

    async def _news_after(self, seen: datetime) -> datetime:
        """When there is news after an instant, or a breath has passed: how new the newest is."""
        try:
            async with asyncio.timeout(self._breath), self._changed:
                await self._changed.wait_for(lambda: self._latest > seen or self._closing.is_set())
        except TimeoutError:
            pass
        return max(self._latest, seen)

    async def _poll(self) -> None:
        while not self._closing.is_set():
            await asyncio.sleep(self._every)
            newest = await self.newest()
            if newest > self._latest or self._closing.is_set():
                async with self._changed:
                    self._latest = max(newest, self._latest)
                    self._changed.notify_all()

    async def newest(self) -> datetime:
        """The instant of the newest news there is."""
        return await self._market.perform_async(MARKET, listings.get_latest_news) or EPOCH


def _event(search: SavedSearch, groups: list[Group]) -> bytes:
    """One event: which search, and what it has found. It has no id: others of the same look may follow."""
    news = {
        "search": search.name,
        "query": search.query,
        "groups": [
            {
                "hit_set_id": group.hit_group_id,
                "title": group.title,
                "requester_name": group.requester_name,
                "amount_in_dollars": group.reward.micros / 1_000_000,
                "project_tasks_url": f"/projects/{group.hit_group_id}/tasks",
                "caller_meets_requirements": group.caller_meets_requirements,
            }
            for group in groups
        ],
    }
    return b"event: news\ndata: %s\n\n" % msgspec.json.encode(news)


def _here(seen: datetime) -> bytes:
    """The heartbeat, whose id says up to when all news was sent: from there the next stream goes on."""
    moment = int((seen - EPOCH) / timedelta(milliseconds=1))
    return b"id: %d\nevent: here\ndata: %d\n\n" % (moment, moment)
