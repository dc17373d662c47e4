"""After a submission or a Return the queue offers what comes next: undo, another HIT of the group, or to skip one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from kempelen.market.market import Market
from kempelen.market.work import work
from tests.market.work import new_hit
from tests.web.people import Person, submit_url, work_url
from tests.web.places import Place, accept, signed_in


def one_at_a_time(market: Market, bob: Person) -> None:
    bob.post("/account/auto_accept", {})


def test_a_return_offers_to_undo_it_and_the_next_hit_of_the_group(market: Market, alice: str, bob: Person) -> None:
    accepted, _ = bob.accept(market, alice, max_assignments=1), new_hit(market, alice)
    answer = bob.post(work_url(accepted), {"_method": "delete"})
    page = bob.follow(answer)
    assert "HIT returned." in page.text
    assert "Undo Return" in page.text
    assert f'aria-label="Accept next HIT: {"Name the mug&#39;s colour"}"' in page.text
    undone = bob.post(f"{work_url(accepted).partition('?')[0]}/undo_return", {"assignment_id": accepted.assignment_id})
    assert undone.headers["location"] == work_url(accepted)
    assert "The Return was undone." in bob.follow(undone).text


def test_nothing_is_offered_that_cannot_be_had(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    accepted = bob.accept(market, alice)
    answer = bob.post(work_url(accepted), {"_method": "delete"})
    market.perform(charlie.worker_id, work.accept, group_id=accepted.hit_group_id)
    market.clock.advance(seconds=work.UNDO_SECONDS)
    page = bob.follow(answer).text
    assert "HIT returned." in page
    assert "Undo Return" not in page
    assert "Accept next HIT" not in page
    late = bob.post(f"{work_url(accepted).partition('?')[0]}/undo_return", {"assignment_id": accepted.assignment_id})
    assert late.status_code == 409
    assert "A Return can be undone for 15 seconds." in late.text


def test_a_submission_offers_the_next_hit_of_the_group(market: Market, alice: str, bob: Person) -> None:
    one_at_a_time(market, bob)
    accepted, _ = bob.accept(market, alice), new_hit(market, alice)
    page = bob.follow(bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id})).text
    assert "Accept next HIT" in page
    assert "Undo Return" not in page


def test_the_last_hit_of_a_group_has_no_skip_and_stays_when_it_is_skipped_anyway(
    market: Market, alice: str, bob: Person
) -> None:
    accepted = bob.accept(market, alice)
    assert ">Skip<" not in bob.get(work_url(accepted)).text
    answer = bob.post(f"{work_url(accepted).partition('?')[0]}/skip", {"assignment_id": accepted.assignment_id})
    assert answer.headers["location"] == work_url(accepted)
    assert "You still have this one." in bob.follow(answer).text


@pytest.mark.slow
def test_skipping_in_a_preview_and_at_work_shows_another_hit(context: BrowserContext, place: Place) -> None:
    group_id = place.hit(max_assignments=1)
    place.hit(max_assignments=1)
    page = signed_in(context, place)
    page.goto(f"{place.url}/projects/{group_id}/tasks")
    first = page.locator("#task").get_attribute("src")
    page.get_by_role("link", name="Skip", exact=True).click()
    expect(page.locator("#task")).not_to_have_attribute("src", first or "")
    accept(page, place, group_id)
    before = page.url
    page.get_by_role("button", name="Skip").click()
    expect(page).not_to_have_url(before)
    assert len(place.queue()) == 1
    page.get_by_role("button", name="Return").click()
    page.get_by_role("button", name="Undo Return").click()
    expect(page).to_have_url(re.compile(r"/tasks/\w+\?assignment_id="))
    assert len(place.queue()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_skip_and_return_fit_the_work_page(browser: Browser, place: Place, width: int) -> None:
    group_id = place.hit(title="Describe what happens in this long video of a street market in the morning")
    place.hit(title="Describe what happens in this long video of a street market in the morning")
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = signed_in(context, place)
    accept(page, place, group_id)
    skip, back = (page.get_by_role("button", name=name).bounding_box() for name in ("Skip", "Return"))
    assert skip
    assert back
    assert abs(skip["y"] - back["y"]) < 2, "in one row"
    assert skip["x"] + skip["width"] <= back["x"] < back["x"] + back["width"] <= width
    context.close()
