"""Many windows of one browser: a browser opens few connections to a server, and alerts must leave them to the work."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from kempelen.market.hits import saved_searches
from tests.web.places import Place, accept, signed_in

pytestmark = pytest.mark.slow

WINDOWS = 8
# What a browser does on a plain address that is not of its own machine, and what it tells a window that is put behind.
WITHOUT_LOCKS = "delete Navigator.prototype.locks; window.behind = false;" + "".join(
    f"Object.defineProperty(Document.prototype, '{name}', {{get: () => {value}}});"
    for name, value in (("hidden", "behind"), ("visibilityState", "behind ? 'hidden' : 'visible'"))
)
LOOKED_AT = "(yes) => { behind = !yes; document.dispatchEvent(new Event('visibilitychange')); }"


def listening(place: Place, context: BrowserContext) -> list[str]:
    """The streams that windows of Bob's, who wants to hear of everything, have asked for, as they ask."""
    place.market.perform(place.bob, saved_searches.save_search, name="All", query="", alerts=True)
    streams: list[str] = []
    context.on("request", lambda sent: streams.append(sent.url) if "/searches/events" in sent.url else None)
    return streams


def new_hit(place: Place, title: str) -> str:
    place.market.clock.advance(seconds=1)
    return place.hit(title=title)


def told(page: Page) -> list[str]:
    return page.locator("#alerts article h2").all_inner_texts()


def test_eight_windows_all_tell_what_one_hears_and_leave_room_to_work(place: Place, context: BrowserContext) -> None:
    at_work = signed_in(context, place)
    place.one_at_a_time()
    streams = listening(place, context)
    accept(at_work, place, new_hit(place, "A mug"))
    others = [context.new_page() for _ in range(WINDOWS - 1)]
    for page in others:
        page.goto(f"{place.url}/tasks")
        expect(page.locator("#alerts[data-heard]")).to_be_attached()
    asked = len(streams)
    new_hit(place, "A teapot")
    for page in (at_work, *others):
        expect(page).to_have_title("(1) Your queue – Kempelen" if page is not at_work else "(1) A mug – Kempelen")
    at_work.frame_locator("#task").get_by_role("button", name="Submit").click()
    at_work.wait_for_url("**/tasks*")
    assert place.queue() == []
    first, *rest = others
    first.close()
    new_hit(place, "A cup")
    for page in rest:
        expect(page).to_have_title("(2) Your queue – Kempelen")
        assert told(page) == ["A cup", "A teapot"]
    expect(at_work.locator("#alerts article h2")).to_have_text(["A cup"])  # the page before has told of the teapot
    assert len(streams) - asked <= 2, "each window listens for itself"


def test_windows_that_cannot_agree_listen_while_they_are_looked_at(place: Place, context: BrowserContext) -> None:
    context.add_init_script(WITHOUT_LOCKS)
    page = signed_in(context, place)
    listening(place, context)
    page.goto(f"{place.url}/tasks")
    expect(page.locator("#alerts[data-heard]")).to_be_attached()
    new_hit(place, "A teapot")
    expect(page).to_have_title("(1) Your queue – Kempelen")
    with page.expect_event("requestfailed", lambda sent: "/searches/events" in sent.url):
        page.evaluate(LOOKED_AT, False)
    new_hit(place, "A cup")
    page.evaluate(LOOKED_AT, True)
    expect(page).to_have_title("(2) Your queue – Kempelen")
    assert told(page) == ["A cup", "A teapot"]
