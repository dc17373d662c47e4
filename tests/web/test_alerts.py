"""Alerts: a saved search tells its Worker of new HITs at once, whichever process they came by, within bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from kempelen.market.hits import saved_searches
from kempelen.market.market import Market
from kempelen.web.site.alerts import MOST_OF_ONE, Alerts, TooManyStreams
from tests.awaited import awaited
from tests.market.work import new_hit
from tests.web.people import Person, Program


@pytest.fixture
def searching(market: Market, bob: Person) -> str:
    """Bob, who wants to hear of cups."""
    for name, word, alerts in (("Cups", "cup", True), ("Silent", "", False)):
        query = f"filters%5Bsearch_term%5D={word}"
        market.perform(bob.worker_id, saved_searches.save_search, name=name, query=query, alerts=alerts)
    return bob.worker_id


def alerts_of(market: Market, **bounds: Any) -> Alerts:
    return Alerts(market, asyncio.Event(), every=0.01, **{"breath": 5.0, **bounds})


async def next_news(stream: AsyncIterator[bytes]) -> tuple[int, dict[str, Any]]:
    """Up to which moment all is told, and the content of the next event that is news."""
    news: dict[str, Any] = {}
    async with asyncio.timeout(10):
        async for part in stream:
            lines = dict(line.split(": ", 1) for line in part.decode().strip().splitlines())
            if lines["event"] == "news":
                news = json.loads(lines["data"])
            elif news:
                return int(lines["id"]), news
    raise AssertionError("the stream has ended")


async def begun(stream: AsyncIterator[bytes]) -> None:
    assert (await anext(stream)).startswith(b"retry:")


def test_new_hits_that_a_search_finds_are_told(market: Market, alice: str, searching: str) -> None:
    async def listen() -> None:
        async with aclosing(alerts_of(market).stream(searching, None)) as stream:
            await begun(stream)
            market.clock.advance(seconds=1)
            new_hit(market, alice, title="A spoon", description="Not the other thing")
            new_hit(market, alice, title="A cup")
            first, news = await next_news(stream)
            assert (news["search"], [group["title"] for group in news["groups"]]) == ("Cups", ["A cup"])
            market.clock.advance(seconds=1)
            new_hit(market, alice, title="Another cup")
            second, news = await next_news(stream)
            assert [group["title"] for group in news["groups"]] == ["Another cup"]
            assert second > first

    awaited(listen())


def test_a_stream_goes_on_where_the_last_one_ended(market: Market, alice: str, searching: str) -> None:
    new_hit(market, alice, title="Heard of this cup")
    since = market.clock.now()
    market.clock.advance(seconds=1)
    new_hit(market, alice, title="Missed this cup")

    async def listen() -> None:
        async with aclosing(alerts_of(market, breath=0.05).stream(searching, since)) as stream:
            _, news = await next_news(stream)
            assert [group["title"] for group in news["groups"]] == ["Missed this cup"]

    awaited(listen())


def test_streams_are_bounded_for_one_and_for_all(market: Market, searching: str) -> None:
    async def listen() -> None:
        alerts = alerts_of(market, most=MOST_OF_ONE + 1)
        streams = [alerts.stream(searching, None) for _ in range(MOST_OF_ONE)]
        for stream in streams:
            await begun(stream)
        with pytest.raises(TooManyStreams):
            alerts.check_room(searching)
        alerts.check_room("somebody else")
        streams.append(alerts.stream("somebody else", None))
        await begun(streams[-1])
        with pytest.raises(TooManyStreams):
            alerts.check_room("a third")
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        alerts.check_room(searching)

    awaited(listen())


def test_streams_end_when_the_server_is_told_to_stop(market: Market, searching: str) -> None:
    async def listen() -> None:
        closing = asyncio.Event()
        alerts = Alerts(market, closing, every=0.01)
        stream = alerts.stream(searching, None)
        await begun(stream)
        closing.set()
        async with asyncio.timeout(10):
            assert all(b"event: here" in part for part in [part async for part in stream])

    awaited(listen())


def test_searches_are_kept_listed_and_deleted_on_the_page(market: Market, alice: str, bob: Person) -> None:
    new_hit(market, alice)
    bob.get("/projects")
    kept = bob.post("/searches", {"filters[search_term]": "mug", "filters[done]": "false", "sort": "reward_desc"})
    assert kept.headers["location"] == (
        "/projects?filters%5Bsearch_term%5D=mug&filters%5Bdone%5D=false&sort=reward_desc"
    )
    page = bob.follow(kept)
    assert ">mug</a>" in page.text
    (search,) = bob.json("/searches")["results"]
    assert (search["name"], search["alerts"]) == ("mug", False)
    assert len(bob.json(search["projects_url"])["results"]) == 1
    bob.post("/searches/delete", {"search_id": search["search_id"]})
    assert bob.json("/searches")["results"] == []


def test_only_who_wants_alerts_loads_what_listens_for_them(market: Market, bob: Person) -> None:
    assert "alerts" not in bob.get("/tasks").text
    bob.post("/searches", {"name": "All", "alerts": "on"})
    assert "alerts" in bob.get("/tasks").text


def test_a_program_keeps_searches_too(market: Market, bob: Person) -> None:
    program = Program(bob.app, bob.token(market))
    made = program.post("/searches", {"name": "Mugs", "filters[search_term]": "mug"})
    assert (made.status_code, made.json()["query"]) == (201, "filters%5Bsearch_term%5D=mug")
    assert program.get("/searches").json()["results"][0]["alerts"] is True
    assert program.post("/searches", {"name": "x" * 61}).status_code == 422
