"""Where the parts of a page stand, measured in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from kempelen.core.money import Money
from kempelen.market.work import work
from tests.market.work import ANSWER, submit_answer
from tests.web.places import Place, accept, signing_in

pytestmark = pytest.mark.slow

WIDE, PHONE = (1280, 900), (390, 844)


def window(browser: Browser, place: Place, size: tuple[int, int]) -> Page:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    return signing_in(context, place)


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found
    return dict(found)


def bottom(part: Locator) -> float:
    found = box(part)
    return found["y"] + found["height"]


def test_a_long_hourly_rate_stays_beside_the_description(browser: Browser, place: Place) -> None:
    members = {"reward": Money.parse("20.00"), "title": "Well paid", "description": "Look at it. " * 8}
    for _ in range(4):
        group_id = place.hit(**members)
    for _ in range(3):  # a typical time is known from the third submission on
        accepted = place.market.perform(place.bob, work.accept, group_id=group_id)
        place.market.clock.advance(seconds=60)
        place.market.perform(place.bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    page = window(browser, place, WIDE)
    rate, title = page.locator(".hourly"), page.locator(".hit-what")
    expect(rate).to_have_text("≈ $1,200.00 an hour")
    text = rate.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().right; }"
    )
    assert text <= box(title)["x"]


@pytest.mark.parametrize(("asked", "size"), [(100, WIDE), (100, PHONE), (3000, WIDE)])
def test_the_frame_fills_the_window_and_is_at_least_as_high_as_asked(
    browser: Browser, place: Place, asked: int, size: tuple[int, int]
) -> None:
    place.one_at_a_time()
    page = window(browser, place, size)
    accept(page, place, place.hit(frame_height=asked))
    frame = box(page.locator("#task"))
    assert frame["width"] == size[0]
    assert frame["height"] >= max(asked, size[1] * 0.7)


def test_on_a_phone_the_task_has_the_screen(browser: Browser, place: Place) -> None:
    place.one_at_a_time()
    page = window(browser, place, PHONE)
    accept(page, place, place.hit(title="Say what is on each of the mugs in these pictures, and who drinks from it"))
    task = page.locator("#task")
    assert box(task)["y"] <= 110
    assert min(bottom(task), PHONE[1]) - box(task)["y"] >= PHONE[1] * 0.85
    for part in (page.get_by_role("button", name="Return"), page.locator("count-down"), page.locator(".reward").first):
        assert bottom(part) <= box(task)["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_on_a_phone_a_preview_begins_in_the_upper_half(browser: Browser, place: Place) -> None:
    page = window(browser, place, PHONE)
    page.goto(f"{place.url}/projects/{place.hit(description='Look at the picture. ' * 5)}/tasks")
    assert box(page.locator("#task"))["y"] <= PHONE[1] / 2
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    expect(page.get_by_text("Time allowed")).to_be_hidden()
    page.get_by_text("HIT details").click()
    expect(page.get_by_text("Time allowed")).to_be_visible()


def test_on_a_phone_the_earnings_of_a_day_are_in_sight(browser: Browser, place: Place) -> None:
    accepted = place.market.perform(place.bob, work.accept, group_id=place.hit())
    place.market.perform(place.bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    page = window(browser, place, PHONE)
    page.goto(f"{place.url}/dashboard")
    for heading in page.get_by_role("columnheader", name="Earnings").all():
        assert box(heading)["x"] + box(heading)["width"] <= PHONE[0]
