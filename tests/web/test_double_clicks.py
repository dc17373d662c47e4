"""Double clicks: the second click of two does nothing that its Worker did not see coming."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from kempelen.market.market import Market
from tests.market.work import new_hit
from tests.web.people import FROM_ELSEWHERE, PASSWORD, Person, work_url
from tests.web.places import Place, signed_in
from tests.web.test_work_pages import accept_url

EVIL = "http://evil.example/"
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


def led_from_elsewhere(page: Page, address: str) -> None:
    """Another site leads the window to this address, at a moment from which no time passes."""
    page.context.route(
        EVIL, lambda route: route.fulfill(content_type="text/html", body="<title>Double-click here</title>")
    )
    page.clock.install(time=NOW)
    page.clock.pause_at(NOW.replace(second=1))
    page.goto(EVIL)
    page.evaluate("address => { location.href = address; }", address)
    page.wait_for_url(address)
    page.wait_for_load_state()


@pytest.mark.slow
@pytest.mark.parametrize("end", ["/accept_random?ask", "/accept_random", ""])
def test_the_second_click_of_two_meets_no_button_that_another_site_has_brought_under_it(
    context: BrowserContext, place: Place, end: str
) -> None:
    page = signed_in(context, place)
    address = f"{place.url}/projects/{place.hit()}/tasks{end}"
    led_from_elsewhere(page, address)
    button = page.get_by_role("main").get_by_role("button", name="Accept")
    button.click()
    page.clock.run_for(999)
    button.click()
    assert page.url == address
    assert place.queue() == []
    page.clock.run_for(1)
    button.click()
    page.wait_for_url("**assignment_id=**")
    assert len(place.queue()) == 1


@pytest.mark.slow
def test_a_page_of_the_sites_own_takes_a_click_at_once(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    group = place.hit()
    page.clock.install(time=NOW)
    page.clock.pause_at(NOW.replace(second=1))
    page.goto(f"{place.url}/projects/{group}/tasks")
    page.get_by_role("button", name="Accept this HIT").dblclick()
    page.wait_for_url("**assignment_id=**")
    expect(page.locator("#task")).to_be_visible()
    assert len(place.queue()) == 1


def test_a_form_to_accept_sent_twice_leads_to_the_same_work(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice, max_assignments=2)
    page = bob.get(accept_url(hit) + "?ask").text
    token = page.split('name="request_token" value="')[1].split('"')[0]
    first, second = (bob.post(accept_url(hit), {"request_token": token}) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert first.headers["location"].partition("?")[2].startswith("assignment_id=")


def test_pages_that_another_site_may_have_brought_about_are_guarded(market: Market, alice: str, bob: Person) -> None:
    hit = new_hit(market, alice, max_assignments=2)
    preview = f"/projects/{hit.hit_group_id}/tasks"
    guarded = {
        (path, site): "/static/guard.js" in bob.get(path, **({} if site == "own" else FROM_ELSEWHERE)).text
        for path in (preview, accept_url(hit) + "?ask", "/signout", work_url(bob.accept(market, alice)))
        for site in ("own", "other")
    }
    asks = (accept_url(hit) + "?ask", "own")
    assert guarded == {which: which[1] == "other" or which == asks for which in guarded}


def test_signing_in_on_the_way_to_accept_asks_on_a_guarded_page(
    market: Market, alice: str, bob: Person, nobody: Person
) -> None:
    hit = new_hit(market, alice)
    nobody.get("/sign-in")
    form = {"email": bob.email, "password": PASSWORD, "next": accept_url(hit)}
    to = {nobody.post("/sign-in", form).headers["location"] for _ in range(2)}
    assert to == {accept_url(hit) + "?ask"}
    assert "/static/guard.js" in nobody.get(accept_url(hit) + "?ask").text
